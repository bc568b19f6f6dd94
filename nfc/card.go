package nfc

// Card is the payer's side: what is selected, and what a reader has not fetched
// yet. The zero value is a card that was just brought into the field.
//
// It answers by itself, except to a challenge. That goes to the wallet, which
// remembers durably what it spends before [Card.Give] lets it out.
type Card struct {
	selected bool
	le       int    // of the command that the wallet is asked about
	left     []byte // what did not fit into the last response
}

// Reset is the field switched off and on.
func (c *Card) Reset() { *c = Card{} }

// Command takes a command and gives the response; or, for a challenge, nothing yet
// and what the wallet is asked: then Give or Refuse is the response.
func (c *Card) Command(b []byte) (answer []byte, asked *Request) {
	command, err := ParseCommand(b)
	if err != nil {
		c.left = nil
		return response(nil, WrongLength), nil
	}
	if command.INS != insResponse {
		c.left = nil // whoever asks for something else does not want the rest
	}
	switch command.CLA {
	case claISO:
		return c.iso(command), nil
	case claOurs:
		return c.ours(command)
	}
	return response(nil, WrongCLA), nil
}

func (c *Card) iso(command Command) []byte {
	switch command.INS {
	case insSelect:
		return c.choose(command)
	case insResponse:
		return c.fetch(command)
	}
	return response(nil, WrongINS)
}

func (c *Card) ours(command Command) ([]byte, *Request) {
	switch {
	case command.INS == insResponse: // some readers keep the class of the command before
		return c.fetch(command), nil
	case command.INS != insAsk:
		return response(nil, WrongINS), nil
	case !c.selected:
		return response(nil, NotNow), nil
	}
	request, status := command.request()
	if status != OK {
		return response(nil, status), nil
	}
	c.le = command.Le
	return nil, &request
}

// choose selects the application, or leaves it for another one.
func (c *Card) choose(command Command) []byte {
	c.selected = false
	if command.P1 != byName || command.P2 != 0 {
		return response(nil, WrongParameter)
	}
	if string(command.Data) != AID {
		return response(nil, NotFound)
	}
	c.selected = true
	if command.Le == 0 {
		return response(nil, OK) // a reader that wants no description
	}
	return c.send([]byte(fci), command.Le)
}

// fetch is GET RESPONSE.
func (c *Card) fetch(command Command) []byte {
	switch {
	case command.P1 != 0 || command.P2 != 0:
		return response(nil, WrongParameter)
	case len(command.Data) > 0:
		return response(nil, WrongLength)
	case len(c.left) == 0:
		return response(nil, NotNow)
	}
	return c.send(c.left, command.Le)
}

// send responds with as much as the reader takes, and keeps the rest.
func (c *Card) send(data []byte, le int) []byte {
	n := min(len(data), le)
	c.left = data[n:]
	return response(data[:n], more(len(c.left)))
}

// Give responds to the challenge with what the wallet answers.
func (c *Card) Give(data []byte) []byte { return c.send(data, c.le) }

// Refuse responds to the challenge that the wallet does not answer.
func (c *Card) Refuse(why Status) []byte { return response(nil, why) }
