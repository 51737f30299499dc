// ssh2's poly1305 glue reads __dirname, which a bundled ES module does not have. Must be the first import of index.ts.
;(globalThis as { __dirname?: string }).__dirname ??= '/'
export {}
