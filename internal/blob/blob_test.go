package blob_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/blob/blobtest"
	"vidjil.org/vidjil/internal/lab"
)

func TestParseDigest(t *testing.T) {
	t.Parallel()
	// SHA-256 of no bytes at all, as every tool prints it.
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for name, tt := range map[string]struct {
		in   string
		want blob.Digest
	}{
		"plain":         {empty, empty},
		"with prefix":   {"sha256:" + empty, empty},
		"upper case":    {strings.ToUpper(empty), empty},
		"with space":    {" " + empty + "\n", empty},
		"short":         {empty[1:], ""},
		"long":          {empty + "0", ""},
		"other letters": {"g" + empty[1:], ""},
		"other sum":     {"md5:" + empty, ""},
		"none":          {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := blob.ParseDigest(tt.in)
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if bad := tt.want == ""; bad != (lab.CodeOf(err) == lab.Invalid) {
				t.Errorf("got error %v", err)
			}
		})
	}
}

func TestChecked(t *testing.T) {
	t.Parallel()
	data := blobtest.Data(1, 10_000)
	d := blobtest.DigestOf(data)
	if got, err := io.ReadAll(blob.Checked(bytes.NewReader(data), d)); err != nil || !bytes.Equal(got, data) {
		t.Errorf("right bytes: got %d, error %v", len(got), err)
	}
	data[5000] ^= 1
	if _, err := io.ReadAll(blob.Checked(bytes.NewReader(data), d)); !errors.Is(err, blob.ErrDigest) {
		t.Errorf("one bit is wrong: got error %v, want ErrDigest", err)
	}
	if _, err := io.ReadAll(blob.Checked(bytes.NewReader(data[:100]), d)); !errors.Is(err, blob.ErrDigest) {
		t.Errorf("cut: got error %v, want ErrDigest", err)
	}
}
