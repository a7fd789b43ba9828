/**
 * The path below which the server is for browsers, as "/vidjil" behind a proxy that serves other things beside it; "" at
 * the root. The server writes it into the page. Inside the client all addresses are as at the root: they get the path
 * where they leave it, in requests and in the browser's address bar.
 */
export const BASE: string =
  typeof document === "undefined"
    ? ""
    : (document.querySelector('meta[name="vidjil-base"]')?.getAttribute("content") ?? "");

/** An address as the browser must have it. One that has the path already stays. */
export function outside(address: string, base = BASE): string {
  if (base === "" || !address.startsWith("/") || inside(address, base) !== address) return address;
  return base + address;
}

/** An address as the client knows it. */
export function inside(address: string, base = BASE): string {
  if (base === "" || !address.startsWith(base)) return address;
  const rest = address.slice(base.length);
  if (rest === "" || rest.startsWith("?") || rest.startsWith("#")) return `/${rest}`;
  return rest.startsWith("/") ? rest : address;
}
