import { IconFileUpload, IconMoon, IconSun } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { DragEvent } from "react";
import { useEffect, useRef, useState } from "react";
import { useSession } from "../../app/useSession";
import { LANGUAGES, messages } from "../../i18n";
import { setLocale, setScheme, theme } from "../../ui/preferences";
import { useSignal } from "../../ui/useSignal";
import { AddressError, fetchResult } from "./address";
import "./start.css";

/** Where a page without a server account begins: a file of this computer, or the demonstration. */
export function StartPage() {
  const m = useSignal(messages);
  const session = useSession();
  const navigate = useNavigate();
  const busy = useSignal(session.busy);
  const problem = useSignal(session.problem);
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);

  const reading = useAddress();

  const openFiles = async (files: readonly File[]) => {
    if (files.length > 0 && (await session.openFiles(files))) await navigate({ to: "/local" });
  };
  const drop = (e: DragEvent) => {
    e.preventDefault();
    setOver(false);
    void openFiles([...e.dataTransfer.files]);
  };
  return (
    <main
      className="start"
      data-ready
      onDragOver={(e) => {
        e.preventDefault();
        setOver(true);
      }}
      onDragLeave={(e) => e.currentTarget === e.target && setOver(false)}
      onDrop={drop}
    >
      <StartBar />
      <div className="start-middle">
        <h1>
          <Mark /> {m.app}
        </h1>
        <p className="start-tagline">{m.tagline}</p>
        <section className={over ? "start-drop over" : "start-drop"} aria-label={m.start.title}>
          <IconFileUpload size={34} stroke={1.2} aria-hidden />
          <strong>
            {reading
              ? m.start.address.reading(reading)
              : busy
                ? m.start.opening
                : over
                  ? m.start.release
                  : m.start.drop}
          </strong>
          <span>{m.start.dropHint}</span>
          <button
            type="button"
            className="button primary"
            onClick={() => input.current?.click()}
            disabled={busy || reading !== null}
          >
            {m.start.choose}
          </button>
          <input
            ref={input}
            type="file"
            multiple
            hidden
            data-testid="file"
            onChange={(e) => {
              void openFiles([...(e.currentTarget.files ?? [])]);
              e.currentTarget.value = "";
            }}
          />
        </section>
        {problem && (
          <p className="start-problem" role="alert">
            <strong>{problem.file}</strong> {problem.text(m)}
          </p>
        )}
        <button type="button" className="start-demo" onClick={() => void navigate({ to: "/demo" })}>
          <strong>{m.start.demo}</strong>
          <span>{m.start.demoHint}</span>
        </button>
      </div>
    </main>
  );
}

/** Opens what the address names; gives what is being read. */
function useAddress(): string | null {
  const session = useSession();
  const navigate = useNavigate();
  const { data, analysis } = useSearch({ strict: false });
  const [reading, setReading] = useState<string | null>(data ?? null);
  useEffect(() => {
    if (!data) return;
    let left = false;
    const open = async () => {
      setReading(data);
      try {
        const { files, without } = await fetchResult(data, analysis);
        if (left || !(await session.openFiles(files))) return;
        if (without) session.notices.value = [...session.notices.peek(), without];
        await navigate({ to: "/local" });
      } catch (cause) {
        if (!(cause instanceof AddressError)) throw cause;
        if (!left) session.problem.value = { file: "", text: cause.text };
      } finally {
        if (!left) setReading(null);
      }
    };
    void open();
    return () => {
      left = true;
    };
  }, [data, analysis, session, navigate]);
  return reading;
}

function StartBar() {
  const m = useSignal(messages);
  const { scheme } = useSignal(theme);
  return (
    <div className="start-bar">
      {LANGUAGES.map((language) => (
        <button
          key={language.locale}
          type="button"
          className="quiet"
          lang={language.locale}
          aria-pressed={language === m}
          onClick={() => setLocale(language.locale)}
        >
          {language.language}
        </button>
      ))}
      <button
        type="button"
        className="quiet icon"
        aria-label={m.topbar.scheme}
        onClick={() => setScheme(scheme === "dark" ? "light" : "dark")}
      >
        {scheme === "dark" ? <IconSun size={16} /> : <IconMoon size={16} />}
      </button>
    </div>
  );
}

/** The sign of the application: clonotypes of several sizes. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" className="mark">
      <circle cx="11" cy="19" r="8" fill="var(--accent)" />
      <circle cx="23" cy="10" r="5" fill="var(--accent)" opacity=".65" />
      <circle cx="25" cy="23" r="3.5" fill="var(--accent)" opacity=".4" />
    </svg>
  );
}
