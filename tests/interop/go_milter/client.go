// Plays an MTA to a filter by means of the client in github.com/emersion/go-milter: one session with one message to
// two recipients. What became of it is the one line of output:
//
//	refused: STAGE CODE      or "reject" or "tempfail" in place of the code
//	error: STAGE TEXT        the library's error
//	took the message
//	crashed: TEXT            the library panicked
package main

import (
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/emersion/go-milter"
)

const (
	patience = time.Second // for the connection, and for each packet
	taken    = "took the message"
	refused  = "refused: "

	allActions = milter.OptAddHeader | milter.OptChangeBody | milter.OptAddRcpt | milter.OptRemoveRcpt |
		milter.OptChangeHeader | milter.OptQuarantine | milter.OptChangeFrom | milter.OptAddRcptWithArgs |
		milter.OptSetSymList
	// All up to this one but OptRcptRej: the library's client heeds them, or sends no such event.
	allSteps = milter.OptNoBodyReply<<1 - 1 - milter.OptRcptRej
)

func oneLine(what any) string {
	return strings.Join(strings.Fields(fmt.Sprint(what)), " ")
}

// judge returns the line with which an answer ends the session, or nothing if the session goes on.
func judge(stage string, action *milter.Action, err error) string {
	if err != nil {
		return "error: " + stage + " " + oneLine(err)
	}
	switch action.Code {
	case milter.ActContinue, milter.ActSkip:
		return ""
	case milter.ActAccept, milter.ActDiscard: // an MTA asks no more, and takes the message
		return taken
	case milter.ActReject:
		return refused + stage + " reject"
	case milter.ActTempFail:
		return refused + stage + " tempfail"
	case milter.ActReplyCode:
		return fmt.Sprintf("%s%s %d", refused, stage, action.SMTPCode)
	}
	return fmt.Sprintf("error: %s unknown action %d", stage, action.Code)
}

// envelope says all that comes before the message. It returns like judge.
func envelope(session *milter.ClientSession) (end, firstRefusal string) {
	action, err := session.Conn("client.example", milter.FamilyInet, 25000, "192.0.2.7")
	if line := judge("connect", action, err); line != "" {
		return line, ""
	}
	action, err = session.Helo("client.example")
	if line := judge("helo", action, err); line != "" {
		return line, ""
	}
	action, err = session.Mail("ann@client.example", nil)
	if line := judge("mail", action, err); line != "" {
		return line, ""
	}

	// The message goes on as long as it has a recipient.
	var refusals []string
	recipients := []string{"bob@inbox.test", "carol@inbox.test"}
	for _, each := range recipients {
		action, err = session.Rcpt(each, nil)
		line := judge("rcpt", action, err)
		if strings.HasPrefix(line, refused) {
			refusals = append(refusals, line)
		} else if line != "" {
			return line, ""
		}
	}
	if len(refusals) == len(recipients) {
		return refusals[0], ""
	}
	if len(refusals) != 0 {
		return "", refusals[0]
	}
	return "", ""
}

// message says the message. It returns like judge.
func message(session *milter.ClientSession) string {
	for _, each := range [][2]string{{"X-Token", "item"}, {"Subject", "hello"}} {
		action, err := session.HeaderField(each[0], each[1])
		if line := judge("header", action, err); line != "" {
			return line
		}
	}
	action, err := session.HeaderEnd()
	if line := judge("eoh", action, err); line != "" {
		return line
	}
	_, action, err = session.BodyReadFrom(strings.NewReader("a line of the body\r\n"))
	return judge("body", action, err)
}

func play(socket string) (line string) {
	defer func() {
		if problem := recover(); problem != nil {
			line = "crashed: " + oneLine(problem)
		}
	}()
	session, err := milter.NewClientWithOptions("unix", socket, milter.ClientOptions{
		Dialer:      &net.Dialer{Timeout: patience},
		ReadTimeout: patience, WriteTimeout: patience,
		ActionMask: allActions, ProtocolMask: allSteps,
	}).Session()
	if err != nil {
		return "error: negotiate " + oneLine(err)
	}
	defer session.Close() // its error changes nothing about the message
	line, firstRefusal := envelope(session)
	if line != "" {
		return line
	}
	if line = message(session); line != "" {
		return line
	}
	if firstRefusal != "" {
		return firstRefusal
	}
	return taken
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: client SOCKET")
		os.Exit(64)
	}
	fmt.Println(play(os.Args[1]))
}
