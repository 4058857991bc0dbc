/** One section of an ini file, as Python's ConfigParser reads it, which is what Alembic does. */
export class IniSection {
  readonly #values: ReadonlyMap<string, string>;

  private constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  /**
   * Reads one section and `[DEFAULT]`. A line that is indented goes on with the value before it; a line that begins with
   * `#` or `;` is a comment.
   *
   * @param here what `%(here)s` stands for: the file's directory.
   * @returns undefined when the file has no such section.
   */
  static read(text: string, name: string, here: string): IniSection | undefined {
    const sections = new Map<string, Map<string, string>>();
    let section: Map<string, string> | undefined;
    let key: string | undefined;
    for (const line of text.replace(/^\ufeff/, "").split(/\r\n?|\n/)) {
      const trimmed = line.trim();
      if (trimmed === "" || /^[#;]/.test(trimmed)) continue;
      if (/^\s/.test(line) && key !== undefined) {
        section?.set(key, `${section.get(key)}\n${trimmed}`);
        continue;
      }
      const header = /^\[([^\]]+)\]/.exec(trimmed)?.[1];
      if (header !== undefined) {
        section = sections.get(header) ?? new Map();
        sections.set(header, section);
        key = undefined;
        continue;
      }
      const [, word = "", value = ""] = /^([^=:]+?)\s*[=:]\s*(.*)$/.exec(trimmed) ?? [];
      key = word.toLowerCase();
      section?.set(key, value);
    }
    const own = sections.get(name);
    if (own === undefined) return undefined;
    return new IniSection(new Map([["here", here], ...(sections.get("DEFAULT") ?? []), ...own]));
  }

  /** A value with `%(name)s` replaced and `%%` read as one; undefined where there is none, or it names what is not there. */
  get(key: string, depth = 0): string | undefined {
    const text = this.#values.get(key);
    if (text === undefined || depth > 10) return undefined;
    let complete = true;
    const value = text.replace(/%%|%\(([^)]+)\)s/g, (_, name: string | undefined) => {
      if (name === undefined) return "%";
      const inner = this.get(name.toLowerCase(), depth + 1);
      if (inner === undefined) complete = false;
      return inner ?? "";
    });
    return complete ? value : undefined;
  }
}
