/** An information with a tag added, or taken out, as the server reads tags: whole words, whatever their case. */
export function retagged(info: string, tag: string, remove: boolean): string {
  const pattern = new RegExp(
    `(^|[^\\p{L}\\p{N}_#-])#${tag.replace(/[\\^$*+?.()|[\]{}]/g, "\\$&")}(?![\\p{L}\\p{N}_-])`,
    "giu",
  );
  const has = pattern.test(info);
  if (!remove) return has ? info : `${info.trimEnd()}${info.trim() === "" ? "" : " "}#${tag}`;
  return has ? info.replace(pattern, "$1").replace(/ {2,}/g, " ").trim() : info;
}
