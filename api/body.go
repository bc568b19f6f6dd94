package api

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// maxBody is the largest body of a request, in bytes, unless its route says otherwise.
const maxBody = 64 << 10

// readBody reads the whole body before huma does, so that a body that is too
// large, too slow or cut off is our problem and not huma's 500.
func (a *API) readBody(most int64) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) { readWhole(ctx, most, next) }
}

func readWhole(ctx huma.Context, most int64, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	body, p := bodyOf(w, r, most)
	if p != nil {
		refuse(w, r, p)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	// Answers are JSON whatever is asked for, and huma need not parse what it would ignore.
	r.Header.Del("Accept")
	r.Header.Set("Content-Type", "application/json")
	next(ctx)
}

// bodyOf reads a body of at most so many bytes that says it is JSON.
func bodyOf(w http.ResponseWriter, r *http.Request, most int64) ([]byte, *Problem) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	var tooLarge *http.MaxBytesError
	var network net.Error
	switch {
	case errors.As(err, &tooLarge):
		return nil, newProblem(BodyTooLarge)
	case errors.As(err, &network) && network.Timeout():
		return nil, newProblem(RequestTimeout)
	case err != nil:
		return nil, newProblem(MalformedJSON) // cut off, or chunked wrongly
	}
	if t := r.Header.Get("Content-Type"); t != "" && len(body) > 0 {
		if media, _, err := mime.ParseMediaType(t); err != nil || media != "application/json" {
			return nil, newProblem(UnsupportedMediaType)
		}
	}
	return body, nil
}
