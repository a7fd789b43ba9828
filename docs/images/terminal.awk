# Renders the text of a terminal as an SVG: one <text> a line, monospaced, on a
# dark ground. Make the picture of the README anew with "make picture".
BEGIN { n = 0; width = 0 }
{
  gsub(/&/, "\\&amp;"); gsub(/</, "\\&lt;"); gsub(/>/, "\\&gt;")
  line[n++] = $0
  if (length($0) > width) width = length($0)
}
END {
  w = width * 8.4 + 40; h = n * 18 + 40
  printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\">\n", w, h, w, h
  print "<title>vidjil analyze on the sample of this repository</title>"
  printf "<rect width=\"%d\" height=\"%d\" rx=\"8\" fill=\"#1e2430\"/>\n", w, h
  print "<g font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"14\" fill=\"#d8dee9\" xml:space=\"preserve\">"
  for (i = 0; i < n; i++) {
    colour = line[i] ~ /^\$/ ? "#a3be8c" : line[i] ~ /^ *(#|system|reads) / ? "#88c0d0" : "#d8dee9"
    printf "<text x=\"20\" y=\"%d\" fill=\"%s\">%s</text>\n", 32 + i * 18, colour, line[i]
  }
  print "</g>\n</svg>"
}
