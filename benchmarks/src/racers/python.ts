/** Debian's packages are the system's Python's, which need not be the first on PATH. */
export const PYTHONS = ["python3", "/usr/bin/python3"] as const;
