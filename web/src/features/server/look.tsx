/** Buttons for the language, and for light or dark: on every page, those before the sign-in as well. */
import { IconMoon, IconSun } from "@tabler/icons-react";
import { LANGUAGES } from "../../i18n";
import { setLocale, setScheme, theme } from "../../ui/preferences";
import { useSignal } from "../../ui/useSignal";
import { useMessages } from "./parts";

export function Languages() {
  const m = useMessages();
  return (
    <>
      {LANGUAGES.map((language) => (
        <button
          key={language.locale}
          type="button"
          className="quiet"
          lang={language.locale}
          title={language.language}
          aria-label={language.language}
          aria-pressed={language.locale === m.locale}
          onClick={() => setLocale(language.locale)}
        >
          {language.locale.toUpperCase()}
        </button>
      ))}
    </>
  );
}

export function SchemeButton() {
  const m = useMessages();
  const { scheme } = useSignal(theme);
  return (
    <button
      type="button"
      className="quiet icon"
      aria-label={m.topbar.scheme}
      title={m.topbar.scheme}
      onClick={() => setScheme(scheme === "dark" ? "light" : "dark")}
    >
      {scheme === "dark" ? <IconSun size={16} stroke={1.6} /> : <IconMoon size={16} stroke={1.6} />}
    </button>
  );
}
