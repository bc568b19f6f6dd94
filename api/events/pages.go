package events

import "github.com/paycode/paycode/presence"

// Changed implements presence.Hub.
func (h *Hub) Changed() (pages []presence.Page) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for p := range h.moved {
		pages = append(pages, h.look(p))
	}
	clear(h.moved)
	return pages
}

// Pages implements presence.Hub.
func (h *Hub) Pages() (pages []presence.Page) {
	h.mu.Lock()
	defer h.mu.Unlock()
	listed := map[page]bool{}
	for payer, streams := range h.payers {
		for _, s := range streams {
			if p := (page{payer, s.device}); !listed[p] {
				listed[p] = true
				pages = append(pages, h.look(p))
			}
		}
	}
	return pages
}

// look says what a page is now.
func (h *Hub) look(p page) presence.Page {
	now := presence.Page{Payer: p.payer, Device: p.device}
	for _, s := range h.payers[p.payer] {
		if s.device == p.device {
			now.Open, now.Asks = true, now.Asks || s.asks
		}
	}
	return now
}
