package api

import (
	"io"

	"github.com/go-json-experiment/json"
)

// JSON is read strictly: UTF-8 only, each name once, and names are matched as
// they are spelled. A reader that takes "Amount" for "amount" after the schema
// was checked for "amount" would let through what the check was for. Names that
// are not documented are ignored: a caller may be newer than the server.

func unmarshal(b []byte, v any) error { return json.Unmarshal(b, v) }

func marshal(w io.Writer, v any) error { return json.MarshalWrite(w, v) }
