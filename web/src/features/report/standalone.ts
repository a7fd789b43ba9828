/** A report as one file: the paper, its style and its fonts, and nothing that runs or asks anybody for more. */
import mono400 from "@fontsource/ibm-plex-mono/files/ibm-plex-mono-latin-400-normal.woff2?url";
import mono600 from "@fontsource/ibm-plex-mono/files/ibm-plex-mono-latin-600-normal.woff2?url";
import sans400 from "@fontsource/ibm-plex-sans/files/ibm-plex-sans-latin-400-normal.woff2?url";
import sans500 from "@fontsource/ibm-plex-sans/files/ibm-plex-sans-latin-500-normal.woff2?url";
import sans600 from "@fontsource/ibm-plex-sans/files/ibm-plex-sans-latin-600-normal.woff2?url";
import paperStyle from "./paper.css?inline";

const FONTS: readonly (readonly [family: string, weight: number, url: string])[] = [
  ["IBM Plex Sans", 400, sans400],
  ["IBM Plex Sans", 500, sans500],
  ["IBM Plex Sans", 600, sans600],
  ["IBM Plex Mono", 400, mono400],
  ["IBM Plex Mono", 600, mono600],
];

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:";

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c] ?? c);

export async function standalone(paper: HTMLElement, title: string, language: string): Promise<string> {
  const faces = await Promise.all(
    FONTS.map(async ([family, weight, url]) => {
      const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
      return `@font-face{font-family:"${family}";font-weight:${weight};src:url(data:font/woff2;base64,${base64(bytes)}) format("woff2")}`;
    }),
  );
  return `<!doctype html>
<html lang="${escaped(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>${faces.join("\n")}
body{margin:0;background:#fff}
${paperStyle}</style>
</head>
<body>
${paper.outerHTML}
</body>
</html>
`;
}

function base64(bytes: Uint8Array): string {
  let text = "";
  // In pieces: a call takes a limited number of arguments.
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}
