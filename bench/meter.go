package bench

import (
	"bufio"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ServerCPU is the processor time that the server has used, as its metrics say,
// or 0 when they do not.
func ServerCPU(server string) time.Duration {
	answer, err := (&http.Client{Timeout: answerWithin}).Get(server + "/metrics")
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "process_cpu_seconds_total "); ok {
			seconds, _ := strconv.ParseFloat(text, 64)
			return time.Duration(seconds * float64(time.Second))
		}
	}
	return 0
}
