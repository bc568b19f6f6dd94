package gate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// maxText is how long a text may be that a page posts, in bytes.
const maxText = 4 << 10

// stateEvery is how often a page hears how the gate stands.
const stateEvery = time.Second

// Display answers what the gate's own page asks:
//
//	POST /gate/taps {"text": "PP1:…"}   a Decision
//	GET  /gate/state                    a Status
//	GET  /gate/events                   server-sent events: "decision" and "state"
//
// and has pages answer everything else. Whoever reaches it can have a presentation
// decided on, which he could as well hold before the camera, and learns nothing of
// riders; it should listen on this machine, or on a network of the gate's own.
func (g *Gate) Display(pages http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /gate/taps", g.serveTap)
	mux.HandleFunc("GET /gate/state", func(w http.ResponseWriter, _ *http.Request) { writeAnswer(w, g.Status()) })
	mux.HandleFunc("GET /gate/events", g.serveEvents)
	mux.Handle("/", pages)
	return http.NewCrossOriginProtection().Handler(mux) // other sites' pages tap nothing
}

// Serve answers what Display answers on a listener, which it closes, until ctx ends.
func (g *Gate) Serve(ctx context.Context, l net.Listener, pages http.Handler) error {
	s := &http.Server{
		Handler: g.Display(pages), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second,
		ErrorLog: slog.NewLogLogger(g.Log.Handler(), slog.LevelDebug),
	}
	defer context.AfterFunc(ctx, func() { s.Close() })()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("gate: %w", err)
	}
	return nil
}

func (g *Gate) serveTap(w http.ResponseWriter, r *http.Request) {
	var tap struct {
		Text string `json:"text"`
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxText))
	if err != nil || json.Unmarshal(body, &tap) != nil {
		http.Error(w, "not a tap", http.StatusBadRequest)
		return
	}
	writeAnswer(w, g.Tap(tap.Text))
}

func writeAnswer(w http.ResponseWriter, answer any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	json.NewEncoder(w).Encode(answer)
}

// serveEvents tells a page of every decision, whoever brought it about, and once a
// second how the gate stands, until the page goes.
func (g *Gate) serveEvents(w http.ResponseWriter, r *http.Request) {
	decisions := make(chan Decision, 16)
	defer g.Listen(decisions)()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	stream := http.NewResponseController(w)
	tick := time.NewTicker(stateEvery)
	defer tick.Stop()
	err := writeEvent(w, "state", g.Status())
	for err == nil {
		// A server's write timeout is for answers that end.
		stream.SetWriteDeadline(time.Now().Add(10 * stateEvery))
		if err = stream.Flush(); err != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case d := <-decisions:
			err = writeEvent(w, "decision", d)
		case <-tick.C:
			err = writeEvent(w, "state", g.Status())
		}
	}
}

func writeEvent(w io.Writer, name string, what any) error {
	data, err := json.Marshal(what)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, data)
	return err
}
