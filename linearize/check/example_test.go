package check_test

import (
	"fmt"
	"strings"

	"simdb.dev/linearize/check"
	"simdb.dev/linearize/history"
)

func ExampleCheck() {
	h, err := history.Read(strings.NewReader(`
{"process":0,"key":"a","op":"put","args":{"value":1},"result":{"outcome":"ok"},"call":100,"return":200}
{"process":0,"key":"a","op":"delete","result":{"outcome":"ok"},"call":300,"return":400}
{"process":1,"key":"a","op":"get","result":{"outcome":"ok","value":1},"call":500,"return":600}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	report := check.Check(h, check.Options{})
	fmt.Println(report.Verdict)
	for _, f := range report.Findings {
		fmt.Println(f.Reason)
		fmt.Println(f.Text)
	}
	// Output:
	// violation
	// resurrected key
	// p1 get() → 1 [500, 600]: the key could only be absent
}
