import { describe, expect, test } from "vitest";
import { inside, outside } from "../src/api/base";

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
