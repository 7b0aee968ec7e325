// Code for a website's server that signs a visitor's identity, in three languages. docs/widget.md has the same, and a test runs it.

/** Node.js. */
export const NODE = `import { createHmac } from "node:crypto";

// SECRET: the link's signing secret, from the server's configuration.
function cordboardIdentity({ name, email, id }) {
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const payload = Buffer.from(JSON.stringify({ name, email, id, exp })).toString("base64url");
  return payload + "." + createHmac("sha256", SECRET).update(payload).digest("hex");
}`;

/** Python. */
export const PYTHON = `import base64, hashlib, hmac, json, time

# SECRET: the link's signing secret, from the server's configuration.
def cordboard_identity(name, email, id):
    claims = {"name": name, "email": email, "id": id, "exp": int(time.time()) + 3600}
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode()
    return payload + "." + hmac.new(SECRET.encode(), payload.encode(), hashlib.sha256).hexdigest()`;

/** PHP. */
export const PHP = `// SECRET: the link's signing secret, from the server's configuration.
function cordboard_identity($name, $email, $id) {
    $claims = ["name" => $name, "email" => $email, "id" => $id, "exp" => time() + 3600];
    $payload = strtr(base64_encode(json_encode($claims)), "+/", "-_");
    return $payload . "." . hash_hmac("sha256", $payload, SECRET);
}`;
