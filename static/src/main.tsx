// The start: which page, and whether somebody is signed in.
import { render } from "preact";
import { useEffect } from "preact/hooks";
import { askSession, askSessionAtLogin, session } from "./api/session";
import { afterLogin, followLinks, go, loginPath, path, query } from "./app/router";
import { Shell } from "./app/shell";
import "./app/theme";
import { CallsPage } from "./calls/page";
import "./css/main.css";
import { Later } from "./app/later";
import { LoginPage } from "./login/page";
import { NotFoundPage } from "./not-found";

const callPage = () => import("./call/page").then(({ CallPage }) => CallPage);
const systemPage = () => import("./system/page").then(({ SystemPage }) => SystemPage);

function App() {
  const here = path.value;
  const who = session.value;
  const atLogin = here === "/login";
  useEffect(() => {
    if (who === null && !atLogin) go(loginPath(), "replace");
    if (who && atLogin) go(afterLogin(query.peek()), "replace");
  }, [who, atLogin]);
  if (atLogin) return who === null ? <LoginPage /> : null;
  if (who === null) return null;
  return (
    <Shell>
      <Page here={here} />
    </Shell>
  );
}

function Page({ here }: { here: string }) {
  const call = /^\/calls\/([0-9a-f-]{36})$/i.exec(here);
  if (here === "/calls") return <CallsPage />;
  if (call?.[1]) return <Later key={call[1]} load={callPage} props={{ id: call[1] }} />;
  if (here === "/system") return <Later key="system" load={systemPage} props={{}} />;
  return <NotFoundPage what="page" />;
}

document.addEventListener("click", followLinks);
if (path.value === "/") go("/calls", "replace");
const root = document.getElementById("app");
if (root) render(<App />, root);
void (path.value === "/login" ? askSessionAtLogin() : askSession());
