#include "submit/command.hpp"

#include <sysexits.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>

#include "submission/submission.hpp"
#include "submit/json_lines.hpp"
#include "submit/plain_lines.hpp"

namespace testmta::submit {
namespace {

/// A mistake of the person who calls: what is wrong, and with which status to end.
class refusal : public std::runtime_error {
public:
    refusal(int status, std::string const& why) : std::runtime_error(why), status_(status) {}
    int status() const noexcept { return status_; }

private:
    int status_;
};

/// Returns the value, or refuses it and says where it came from.
template <class T>
T good(submission::result<T> made, std::string const& what, int status = EX_USAGE) {
    if (!made) throw refusal(status, what + ": " + made.error().message());
    return *std::move(made);
}

template <class T>
T choice(std::map<std::string, T> const& all, std::string const& word, std::string const& what) {
    auto const found = all.find(word);
    if (found != all.end()) return found->second;
    std::string words;
    for (auto const& [name, value] : all) words += (words.empty() ? "" : ", ") + name;
    throw refusal(EX_USAGE, what + ": \"" + word + "\" is not one of " + words);
}

submission::mailbox address(std::string const& text) {
    return good(submission::mailbox::parse(text), '"' + text + '"');
}

submission::notify_when notifications(std::vector<std::string> const& words) {
    using submission::notification;
    static std::map<std::string, notification> const all{{"never", notification::never},
                                                         {"success", notification::success},
                                                         {"failure", notification::failure},
                                                         {"delay", notification::delay}};
    std::vector<notification> those;
    those.reserve(words.size());
    for (auto const& word : words) those.push_back(choice(all, word, "--notify"));
    return good(submission::notify_when::make(those), "--notify");
}

submission::batch mail_of(options const& wanted) {
    submission::batch mail;
    for (auto const& text : wanted.etrn) {
        bool const has_option = text.starts_with('@') || text.starts_with('#');
        auto const option = has_option ? text.front() : '\0';
        mail.etrns.push_back(
            good(submission::etrn::make(text.substr(has_option ? 1 : 0), option), "--etrn " + text));
    }
    std::optional<submission::mailbox> sender;
    if (!wanted.from.empty() && wanted.from != "<>") sender = address(wanted.from);
    auto content = good(submission::file_content(wanted.file), wanted.file, EX_NOINPUT);
    auto& message = mail.add({std::move(sender), std::move(content)});
    message.headers = submission::missing_headers::are_added;
    if (!wanted.envelope_id.empty())
        message.id = good(submission::envelope_id::make(wanted.envelope_id), "--envid");
    using submission::returned;
    if (!wanted.ret.empty())
        message.ret =
            choice<returned>({{"full", returned::full}, {"headers", returned::headers}}, wanted.ret, "--ret");
    for (auto const& text : wanted.recipients) {
        submission::recipient whom(address(text));
        whom.notify = notifications(wanted.notify);
        message.to(std::move(whom));
    }
    return mail;
}

std::string password(options const& wanted) {
    if (wanted.password_file.empty()) {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): at start, when there is one thread
        auto const* const given = std::getenv("TESTMTA_PASSWORD");
        if (given) return given;
        throw refusal(EX_USAGE,
                      "--auth needs --password-file, or a password in the environment as TESTMTA_PASSWORD");
    }
    std::ifstream file(wanted.password_file);
    std::string line;
    if (!std::getline(file, line))
        throw refusal(EX_NOINPUT, wanted.password_file + " cannot be read, or is empty");
    return line;
}

submission::client_options client_options_of(options const& wanted) {
    using submission::tls_policy;
    submission::client_options made;
    made.tls = choice<tls_policy>({{"never", tls_policy::never},
                                   {"may", tls_policy::may},
                                   {"require", tls_policy::require},
                                   {"verified", tls_policy::verified}},
                                  wanted.tls, "--tls");
    using submission::chunking;
    made.chunking = choice<chunking>({{"never", chunking::never}, {"where-offered", chunking::where_offered}},
                                     wanted.chunking, "--chunking");
    if (!wanted.helo.empty())
        made.helo = good(callout::helo_name::parse(wanted.helo), "--helo " + wanted.helo);
    if (!wanted.user.empty()) {
        made.login = submission::credentials::password(wanted.user, password(wanted));
        if (wanted.in_clear) made.login->place = submission::auth_place::anywhere;
    }
    return made;
}

submission::destination destination_of(options const& wanted) {
    if (!wanted.to.empty()) return good(submission::destination::parse(wanted.to), "--to " + wanted.to);
    if (wanted.recipients.empty()) throw refusal(EX_USAGE, "--to HOST[:PORT] or --rcpt ADDRESS is missing");
    return submission::destination::exchangers_for(address(wanted.recipients.front()));
}

/// Returns what an error of the session means, or EX_OK if it says nothing of the mail.
int status_of(boost::system::error_code error) {
    using submission::errc;
    if (!error) return EX_OK;
    if (error == errc::not_authenticated) return EX_NOPERM;
    if (error == errc::no_such_domain || error == errc::null_mx || error == errc::no_host) return EX_NOHOST;
    if (error == errc::unexpected_reply || error == callout::errc::reply_unsolicited ||
        error == callout::errc::reply_not_numeric || error == callout::errc::bytes_before_tls)
        return EX_PROTOCOL;
    if (error == errc::tls_missing || error == errc::certificate_refused ||
        error == errc::tls_files_unusable || error == errc::extension_missing)
        return EX_UNAVAILABLE;
    return EX_TEMPFAIL;
}

/// Returns what has become of the mail: all delivered, some refused for good, some to be sent again.
int status_of(submission::batch const& mail) {
    int status = EX_OK;
    for (auto const& message : mail.messages)
        for (auto const& one : message.recipients) {
            if (one.fate == submission::fate::failed && status == EX_OK) status = EX_UNAVAILABLE;
            bool const is_final = message.error == submission::errc::message_too_big ||
                                  message.error == submission::errc::smtputf8_missing ||
                                  (message.sender_status && message.sender_status->permanent());
            if (!one.complete()) status = is_final ? EX_UNAVAILABLE : EX_TEMPFAIL;
        }
    return status;
}

int send(options const& wanted) {
    auto mail = mail_of(wanted);
    auto const to = destination_of(wanted);
    callout::tls_files files;
    files.authorities = wanted.authorities;
    files.certificate = wanted.certificate;
    files.key = wanted.key;
    boost::asio::io_context loop;
    submission::client client(loop.get_executor(), client_options_of(wanted), files);
    json_lines as_json(std::cout);
    plain_lines as_text(std::cerr, ::isatty(STDERR_FILENO) != 0 ? progress::shown : progress::hidden);
    submission::observer* const watcher =
        wanted.json ? static_cast<submission::observer*>(&as_json) : &as_text;
    submission::result<void> sent;
    std::exception_ptr thrown;
    boost::asio::co_spawn(loop, client.send(mail, to, watcher),
                          [&](std::exception_ptr problem, submission::result<void> how) {
                              thrown = problem;
                              sent = how;
                          });
    loop.run();
    if (thrown) std::rethrow_exception(thrown);
    if (!sent && !wanted.json) std::cerr << "testmta submit: " << sent.error().message() << '\n';
    auto const of_session = sent ? EX_OK : status_of(sent.error());
    return of_session != EX_OK && of_session != EX_TEMPFAIL ? of_session
                                                            : std::max(of_session, status_of(mail));
}

}  // namespace

int run(options const& wanted) {
    try {
        return send(wanted);
    } catch (refusal const& problem) {
        std::cerr << "testmta submit: " << problem.what() << '\n';
        return problem.status();
    }
}

}  // namespace testmta::submit
