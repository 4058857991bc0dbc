import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from "node:crypto";

/*
 * A self-signed X.509 certificate (RFC 5280), which Node's crypto can read but not make: the few DER (X.690) forms that
 * one fixed certificate needs.
 */

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
};
const sequence = (...parts: Buffer[]): Buffer => der(0x30, ...parts);
const bytes = (hex: string): Buffer => Buffer.from(hex, "hex");
const bits = (value: Buffer): Buffer => der(0x03, bytes("00"), value);

const ecdsaWithSha256 = sequence(bytes("06082a8648ce3d040302"));
const commonName = sequence(der(0x31, sequence(bytes("0603550403"), der(0x0c, Buffer.from("localhost")))));
const isTrue = bytes("0101ff");
const extensions = [
  // basicConstraints: a CA, so that a client may name the certificate itself as the root it trusts.
  sequence(bytes("0603551d13"), isTrue, der(0x04, sequence(isTrue))),
  // keyUsage: digitalSignature and keyCertSign.
  sequence(bytes("0603551d0f"), isTrue, der(0x04, bytes("03020284"))),
  // subjectAltName: localhost and 127.0.0.1.
  sequence(bytes("0603551d11"), der(0x04, sequence(der(0x82, Buffer.from("localhost")), der(0x87, bytes("7f000001"))))),
];

/** A new P-256 key and a certificate for localhost and 127.0.0.1, valid for ten years from yesterday on. Both PEM. */
export function selfSigned(): { cert: string; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "der" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const from = new Date(Date.now() - 86_400_000);
  const until = new Date(from);
  until.setUTCFullYear(from.getUTCFullYear() + 10);
  const serial = randomBytes(16);
  // An INTEGER is signed, and one that starts with zeros is malformed.
  serial[0] = (serial[0]! & 0x3f) | 0x40;
  const toBeSigned = sequence(
    der(0xa0, bytes("020102")),
    der(0x02, serial),
    ecdsaWithSha256,
    commonName,
    sequence(time(from), time(until)),
    commonName,
    publicKey,
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign("sha256", toBeSigned, createPrivateKey(privateKey));
  const encoded = sequence(toBeSigned, ecdsaWithSha256, bits(signature)).toString("base64");
  const lines = encoded.match(/.{1,64}/g)!.join("\n");
  return { cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`, key: privateKey };
}

/** UTCTime up to 2049, GeneralizedTime from 2050 on (RFC 5280, 4.1.2.5). */
function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/\D/g, "").slice(0, 14);
  return date.getUTCFullYear() < 2050
    ? der(0x17, Buffer.from(`${digits.slice(2)}Z`))
    : der(0x18, Buffer.from(`${digits}Z`));
}
