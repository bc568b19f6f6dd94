package e2e

import (
	"net/url"
	"slices"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// traffic is what the pages and workers of one browser asked the network for, and what went wrong in them.
type traffic struct {
	own string // the only scheme and host that may be asked

	mu       sync.Mutex
	urls     []string
	content  int64 // bytes received, compressed as they come
	all      int64 // the same and headers
	troubles []string
}

func (s *traffic) hear(event any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		s.urls = append(s.urls, e.Request.URL)
	case *network.EventDataReceived:
		s.content += e.EncodedDataLength
	case *network.EventLoadingFinished:
		s.all += int64(e.EncodedDataLength)
	case *runtime.EventExceptionThrown:
		s.troubles = append(s.troubles, "uncaught: "+uncaught(e.ExceptionDetails))
	case *log.EventEntryAdded:
		if e.Entry.Source == log.EntrySourceSecurity {
			s.troubles = append(s.troubles, "security: "+e.Entry.Text)
		}
	}
}

func uncaught(d *runtime.ExceptionDetails) string {
	if d.Exception != nil {
		return d.Exception.Description
	}
	return d.Text
}

// check fails the test for every request to somebody else, and for every trouble.
func (s *traffic) check(t *testing.T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, address := range s.urls {
		u, err := url.Parse(address)
		if err != nil || !(u.Scheme+"://"+u.Host == s.own || u.Scheme == "data" || u.Scheme == "blob") {
			t.Errorf("a page asked for %s, which is not ours", address)
		}
	}
	if len(s.urls) == 0 {
		t.Error("no request was recorded at all")
	}
	for _, trouble := range s.troubles {
		t.Error("in a page: ", trouble)
	}
}

// weight is what came so far: bytes of content as compressed, the same with headers, and the addresses asked for.
func (s *traffic) weight() (content, all int64, urls []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.content, s.all, slices.Clone(s.urls)
}
