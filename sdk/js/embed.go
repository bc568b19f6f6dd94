// Package js holds the JavaScript wallet core, so that the server can serve to its pages the very files
// that are published as the npm package.
package js

import "embed"

// FS holds the ES modules of the package at its root: "index.js", "code.js" and so on.
//
//go:embed *.js
var FS embed.FS
