import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Paths of PEM files. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of its own, made by openssl in a directory of its own. */
export class PrivateAuthority implements AsyncDisposable {
  readonly directory: string;
  /** Path of the authority's certificate. */
  readonly certificate: string;

  private constructor(directory: string) {
    this.directory = directory;
    this.certificate = join(directory, "authority.pem");
  }

  static async create(): Promise<PrivateAuthority> {
    const authority = new PrivateAuthority(await mkdtemp(join(tmpdir(), "hypertroq-authority-")));
    await authority.#make("authority", "authority", []);
    return authority;
  }

  /** @param names for the extension subjectAltName, for example `DNS:localhost,IP:127.0.0.1`. */
  async issue(file: string, commonName: string, names = "DNS:localhost"): Promise<Issued> {
    const { certificate, directory } = this;
    const signed = ["-CA", certificate, "-CAkey", join(directory, "authority.key")];
    return await this.#make(file, commonName, [...signed, "-addext", `subjectAltName=${names}`]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true });
  }

  async #make(file: string, commonName: string, rest: readonly string[]): Promise<Issued> {
    const [cert, key] = [join(this.directory, `${file}.pem`), join(this.directory, `${file}.key`)];
    const fresh = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
    await run("openssl", [
      "req",
      "-x509",
      ...fresh,
      "-subj",
      `/CN=${commonName}`,
      "-out",
      cert,
      "-keyout",
      key,
      ...rest,
    ]);
    return { cert, key };
  }
}

/** The text of both files. */
export async function read({ cert, key }: Issued): Promise<{ cert: string; key: string }> {
  return { cert: await readFile(cert, "utf8"), key: await readFile(key, "utf8") };
}
