// Which Tilewright this is; a test holds it to package.json, so that nothing reads that at run time.

export const version = "0.1.0";
