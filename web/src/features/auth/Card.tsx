import type { ReactNode } from "react";
import { Languages, SchemeButton } from "../server/look";
import { useMessages } from "../server/parts";
import { Alert, Foot } from "../server/Site";
import { Mark } from "../start/StartPage";

/** The frame of pages for those who are not signed in. */
export function Card({ title, children }: { title: string; children: ReactNode }) {
  const m = useMessages();
  return (
    <main className="server card-page" id="content" data-ready>
      <title>{`${title} · ${m.app}`}</title>
      <Alert />
      <div className="card-bar">
        <Languages />
        <SchemeButton />
      </div>
      <div className="card-middle">
        <p className="card-brand">
          <Mark size={30} /> {m.app}
        </p>
        <section className="card">
          <h1>{title}</h1>
          {children}
        </section>
        <p className="card-tagline">{m.tagline}</p>
      </div>
      <Foot />
    </main>
  );
}
