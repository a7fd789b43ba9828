// Package client speaks the HTTP API of a vidjil server: what the command line
// and the tests use, and Go programs of laboratories can. Its types are those
// of the API itself: the server encodes them, and the OpenAPI document is made
// from them.
//
// It must not know the server's inside: it imports nothing of internal.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
)

// Prefix is the path below which the API is.
const Prefix = "/api/v1"

// Client sends requests as one person. It is safe for concurrent use.
type Client struct {
	base  string
	token string
	http  *http.Client
}

// Options say where the server is and who asks.
type Options struct {
	// URL is the server's, as "https://vidjil.example.org".
	URL string
	// Token is an API token; empty to sign in, or to ask as nobody.
	Token string
	// HTTP sends the requests; nil is a client that keeps cookies of nobody.
	// For [Client.SignIn] it needs a cookie jar.
	HTTP *http.Client
}

// New makes a client.
func New(c Options) (*Client, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("server URL %q: want http://HOST:PORT or https://HOST", c.URL)
	}
	if c.HTTP == nil {
		c.HTTP = &http.Client{}
	}
	return &Client{base: strings.TrimRight(c.URL, "/"), token: c.Token, http: c.HTTP}, nil
}

// Problem is an error of the server (RFC 9457).
type Problem struct { //nolint:errname // RFC 9457 calls it so
	Title     string  `json:"title" doc:"What kind of error it is"`
	Status    int     `json:"status" doc:"HTTP status"`
	Detail    string  `json:"detail" doc:"What is wrong and what to do, for people"`
	Code      string  `json:"code" doc:"What kind of error it is, for programs"`
	RequestID string  `json:"request_id,omitempty" doc:"Names the request in the server's log"`
	Errors    []Fault `json:"errors,omitempty" doc:"What is wrong with each field"`
}

// Fault is what is wrong at one place of an input.
type Fault struct {
	Field   string `json:"field" doc:"Where, as rows[2].birth"`
	Message string `json:"message" doc:"What is wrong there"`
}

// Error is the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType names the format.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// CodeOf is the code of a server's error, "" for other errors and for none.
func CodeOf(err error) string {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p.Code
	}
	return ""
}

// call is a request: what do sends.
type call struct {
	method string
	path   string // below Prefix, with ids filled in
	query  url.Values
	header http.Header
	in     any   // encoded as JSON; an io.Reader is sent as it is; nil for none
	length int64 // of an io.Reader, in bytes; 0 when not known
}

// do sends a request and decodes the answer into out (nil: it is dropped). It
// returns the header of the answer.
func (c *Client) do(ctx context.Context, r call, out any) (http.Header, error) {
	res, err := c.send(ctx, r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if out == nil {
		_, err := io.Copy(io.Discard, res.Body)
		return res.Header, err
	}
	if err := json.NewDecoder(res.Body).Decode(out); err != nil {
		return nil, fmt.Errorf("%s %s: decode answer: %w", r.method, r.path, err)
	}
	return res.Header, nil
}

// send sends a request; the caller closes the body of the answer, which is
// never an error's.
func (c *Client) send(ctx context.Context, r call) (*http.Response, error) {
	var content io.Reader
	kind := ""
	switch in := r.in.(type) {
	case nil:
	case io.Reader:
		content = in
	default:
		text, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("%s %s: encode request: %w", r.method, r.path, err)
		}
		content, kind = bytes.NewReader(text), "application/json"
	}
	target := c.base + Prefix + r.path
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target, content)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.method, r.path, err)
	}
	maps.Copy(req.Header, r.header)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if r.length > 0 {
		req.ContentLength = r.length
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.method, r.path, err)
	}
	if res.StatusCode >= http.StatusBadRequest {
		defer res.Body.Close()
		return nil, problem(res)
	}
	return res, nil
}

// problem reads the error of an answer; one that is no problem document, as of
// a proxy, becomes one.
func problem(res *http.Response) error {
	p := &Problem{Status: res.StatusCode, Title: http.StatusText(res.StatusCode)}
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil || json.Unmarshal(text, p) != nil || p.Detail == "" {
		p.Detail = fmt.Sprintf("the server answered %s", res.Status)
	}
	return p
}

func get(path string, query url.Values) call {
	return call{method: http.MethodGet, path: path, query: query}
}
func post(path string, in any) call  { return call{method: http.MethodPost, path: path, in: in} }
func patch(path string, in any) call { return call{method: http.MethodPatch, path: path, in: in} }
func put(path string, in any) call   { return call{method: http.MethodPut, path: path, in: in} }
func remove(path string) call        { return call{method: http.MethodDelete, path: path} }
