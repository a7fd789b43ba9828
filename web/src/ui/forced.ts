/** Colours of pictures. Who has the system force its colours gets those on canvases too, which style sheets do not reach. */
import { computed, signal } from "@preact/signals-core";
import { luminance, mix } from "../core/palette";
import type { Theme } from "../views/theme";
import { theme } from "./preferences";

const forced = signal(false);

/** Follows the system from when the first picture is drawn. */
export const followForcedColors = (() => {
  let following = false;
  return () => {
    if (following || typeof matchMedia === "undefined") return;
    following = true;
    const query = matchMedia("(forced-colors: active)");
    forced.value = query.matches;
    query.addEventListener("change", () => {
      forced.value = query.matches;
    });
  };
})();

/** A system colour, as those of themes are written: what sets pixels reads them. */
function systemColor(name: string): string {
  const probe = document.createElement("span");
  probe.style.color = name;
  probe.style.display = "none";
  document.body.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  const parts = color.match(/\d+/g) ?? [];
  return `#${parts
    .slice(0, 3)
    .map((v) => Number(v).toString(16).padStart(2, "0"))
    .join("")}`;
}

/** Marks keep the colours of the scheme that is nearer to the system's ground: they carry meaning, and have glyphs beside. */
function systemTheme(base: Theme): Theme {
  const [text, panel, faint] = [systemColor("CanvasText"), systemColor("Canvas"), systemColor("GrayText")];
  const accent = systemColor("Highlight");
  const dark = luminance(panel) < luminance(text);
  return {
    ...base,
    scheme: dark ? "dark" : "light",
    text,
    secondary: text,
    faint,
    line: mix(panel, text, 0.2),
    panel,
    canvas: panel,
    hover: panel,
    accent,
    accentSoft: panel,
    warn: text,
    error: text,
    ok: text,
  };
}

/** What pictures are drawn with. */
export const pictureTheme = computed(() => (forced.value ? systemTheme(theme.value) : theme.value));
