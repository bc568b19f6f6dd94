package pass

// Remembered is how many passes the verifier holds.
func (v *Verifier) Remembered() int { return len(v.memory.young) + len(v.memory.old) }

// Forget makes the verifier cold.
func (v *Verifier) Forget() { v.memory = memory{} }
