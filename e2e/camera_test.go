package e2e

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// camera is a file that Chromium takes for what its camera sees.
type camera struct {
	t    *testing.T
	file string
}

func newCamera(t *testing.T) camera {
	t.Helper()
	c := camera{t, filepath.Join(t.TempDir(), "camera.y4m")}
	c.sees(image.NewGray(image.Rect(0, 0, 640, 480))) // dark, until there is something to see
	return c
}

// flags start a browser with this camera, allowed without asking.
func (c camera) flags() []flag {
	return []flag{{"use-fake-ui-for-media-stream", ""}, {"use-fake-device-for-media-stream", ""}, {"use-file-for-fake-video-capture", c.file}}
}

// sees has the camera look at a frame from its next start on. The file is a
// YUV4MPEG2 stream in full-range luminance, which the browser shows in a loop.
func (c camera) sees(frame *image.Gray) {
	c.t.Helper()
	size := frame.Bounds().Size()
	var stream bytes.Buffer
	fmt.Fprintf(&stream, "YUV4MPEG2 W%d H%d F10:1 Ip A1:1 C420jpeg\n", size.X, size.Y)
	colours := bytes.Repeat([]byte{128}, size.X*size.Y/2) // both planes of a grey picture
	for range 3 {
		stream.WriteString("FRAME\n")
		stream.Write(frame.Pix)
		stream.Write(colours)
	}
	aside := c.file + ".new"
	must(c.t, os.WriteFile(aside, stream.Bytes(), 0o600))
	must(c.t, os.Rename(aside, c.file))
}

// decode reads a PNG.
func decode(t *testing.T, b []byte) image.Image {
	t.Helper()
	picture, err := png.Decode(bytes.NewReader(b))
	must(t, err)
	return picture
}

// held is what a camera sees of a picture that is held before it: the whole of
// it as large as the frame allows, with the grey of the shop around it.
func held(picture image.Image, width, height int) *image.Gray {
	frame := image.NewGray(image.Rect(0, 0, width, height))
	for i := range frame.Pix {
		frame.Pix[i] = 0x70
	}
	from := picture.Bounds()
	scale := min(float64(width)/float64(from.Dx()), float64(height)/float64(from.Dy()))
	w, h := int(float64(from.Dx())*scale), int(float64(from.Dy())*scale)
	left, top := (width-w)/2, (height-h)/2
	for y := range h {
		for x := range w {
			cell := image.Rect(x*from.Dx()/w, y*from.Dy()/h, (x+1)*from.Dx()/w, (y+1)*from.Dy()/h)
			frame.SetGray(left+x, top+y, mean(picture, cell.Add(from.Min)))
		}
	}
	return frame
}

// mean is the grey of an area, of one pixel at least.
func mean(picture image.Image, area image.Rectangle) color.Gray {
	area.Max.X, area.Max.Y = max(area.Max.X, area.Min.X+1), max(area.Max.Y, area.Min.Y+1)
	sum := 0
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			sum += int(color.GrayModel.Convert(picture.At(x, y)).(color.Gray).Y)
		}
	}
	return color.Gray{Y: uint8(sum / (area.Dx() * area.Dy()))}
}

// crop is a part of a picture.
func crop(picture image.Image, part image.Rectangle) image.Image {
	return picture.(interface {
		SubImage(image.Rectangle) image.Image
	}).SubImage(part)
}
