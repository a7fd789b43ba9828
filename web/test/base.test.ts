import { describe, expect, test } from "vitest";
import { inside, outside } from "../src/api/base";
import { parseSearch, stringifySearch } from "../src/app/search";

describe("addresses below a path", () => {
  test.each([
    ["/", "", "/"],
    ["/patients", "", "/patients"],
    ["/", "/vidjil", "/vidjil/"],
    ["/sets/7?tab=quality#x", "/vidjil", "/vidjil/sets/7?tab=quality#x"],
    ["/vidjilx", "/vidjil", "/vidjil/vidjilx"],
    ["/api/v1/uploads/", "/a/b", "/a/b/api/v1/uploads/"],
  ])("%s below %s is %s", (address, base, want) => {
    expect(outside(address, base)).toBe(want);
    expect(inside(want, base)).toBe(address);
    expect(outside(want, base)).toBe(want);
  });

  test("the path alone is the first page", () => {
    expect(inside("/vidjil", "/vidjil")).toBe("/");
    expect(inside("/vidjil?q=1", "/vidjil")).toBe("/?q=1");
  });

  test("what is no path of ours stays", () => {
    expect(outside("https://example.org/x", "/vidjil")).toBe("https://example.org/x");
    expect(inside("/other", "/vidjil")).toBe("/other");
  });
});

describe("queries", () => {
  test.each([
    ["?f=top%3A5&f=only%3Asystem%3AIGH%2CTRG&o=-size", "what stands twice stays twice"],
    ["?clone=12e5", "a token that looks like a number"],
    ["?clone=007&s=1.0&q=true+story", "leading and trailing zeros"],
    ["?config=3&personal=true", "numbers and truth"],
    ["?q=%22a%22", "quotes"],
  ])("%s is read and written as it is: %s", (query) => {
    const written = stringifySearch(parseSearch(query));
    const pairs = (text: string) => [...new URLSearchParams(text)].sort();
    expect(pairs(written)).toEqual(pairs(query));
    expect(stringifySearch(parseSearch(written))).toBe(written);
  });

  test("numbers and truth are such for the pages, and come back", () => {
    expect(parseSearch("?config=3&all=true&q=1e3")).toEqual({ config: 3, all: true, q: "1e3" });
    expect(parseSearch(stringifySearch({ q: "3", n: 3 }))).toEqual({ q: "3", n: 3 });
  });
});
