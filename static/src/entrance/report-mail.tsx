// `/report-mail`: the weekly mail of the user to whom the link was sent is stopped, whoever is signed in. Opening the link changes nothing: programs
// that check mails follow links, too. A button stops the mails.
import { stopReportMail } from "../api/entrance";
import { Heading } from "../app/parts";
import { Form } from "./fields";
import { useForm } from "./form";
import { useLink } from "./link";
import { Told } from "./told";
import { Way } from "./way";
import { w } from "./words";

/** The page. */
export function ReportMailPage() {
  const { token, stage, over } = useLink<"open" | "gone" | "stopped">("open");
  if (token !== null) return <Stop key={token} token={token} onOver={over} />;
  switch (stage) {
    case "open":
      return (
        <>
          <Heading title={w.reportMail.title}>{w.reportMail.open}</Heading>
          <p>{w.reportMail.openText}</p>
          <Reports />
        </>
      );
    case "gone":
      return (
        <Told title={w.reportMail.gone} heading={w.reportMail.goneHeading} text={w.reportMail.goneText}>
          <Reports />
        </Told>
      );
    case "stopped":
      return (
        <Told title={w.reportMail.stopped} heading={w.reportMail.stoppedHeading} text={w.reportMail.stoppedText}>
          <Reports />
        </Told>
      );
  }
}

function Stop({ token, onOver }: { token: string; onOver: (how: "gone" | "stopped") => void }) {
  const state = useForm({
    required: {},
    send: async () => {
      await stopReportMail(token);
      onOver("stopped");
    },
    meaning: ({ status }) => {
      if (status !== 404) return null;
      onOver("gone");
      return {};
    },
  });
  return (
    <>
      <Heading title={w.reportMail.title}>{w.reportMail.heading}</Heading>
      <p>{w.reportMail.lead}</p>
      <Form state={state} verb={w.reportMail.verb} />
    </>
  );
}

function Reports() {
  return <Way href="/reports">{w.reportMail.reports}</Way>;
}
