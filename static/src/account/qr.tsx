// A QR code, drawn as one path. Always dark on white, because cameras need that in every theme.
import qrcode from "qrcode-generator";

/** Modules of white around it, as the standard requires. */
const QUIET = 4;

/** The QR code of a text; `name` is for screen readers. */
export function QrCode({ text, name }: { text: string; name: string }) {
  const code = qrcode(0, "M");
  code.addData(text);
  code.make();
  const count = code.getModuleCount();
  const size = count + 2 * QUIET;
  let path = "";
  for (let row = 0; row < count; row += 1) {
    for (let column = 0; column < count; column += 1) {
      if (code.isDark(row, column)) path += `M${column + QUIET} ${row + QUIET}h1v1h-1z`;
    }
  }
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={name} shape-rendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
