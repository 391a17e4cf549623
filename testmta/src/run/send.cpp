#include "run/send.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <filesystem>
#include <iostream>
#include <stdexcept>

#include "host/exit_status.hpp"
#include "run/report.hpp"
#include "run/suite_player.hpp"
#include "run/test_player.hpp"
#include "script/script_parser.hpp"
#include "text/printable.hpp"
#include "text/values.hpp"

namespace testmta::run {

namespace {

std::string in_brackets(std::string const& path) {
    return path.starts_with('<') ? path : '<' + path + '>';
}

/// Writes the session as a script: what a script can say need not be programmed once more.
std::string script_of(send_options const& wanted) {
    auto const file = std::filesystem::absolute(wanted.file).string();
    std::string text = "implicit any\ntest \"send\"\n";
    if (!wanted.dialect.empty()) text += "dialect " + text::in_quotes(wanted.dialect) + '\n';
    text += "connect " + text::in_quotes(wanted.client) + ' ' + text::in_quotes(wanted.address) + '\n';
    text +=
        "helo " + text::in_quotes(wanted.helo) + "\nmail " + text::in_quotes(in_brackets(wanted.from)) + '\n';
    for (auto const& one : wanted.recipients) text += "rcpt " + text::in_quotes(in_brackets(one)) + '\n';
    return text + "message file " + text::in_quotes(file) + "\neom\nquit\nend\n";
}

void print_message(followed_message const& message) {
    auto const& result = message.result();
    std::cout << "outcome: " << word_of(message.becomes()) << '\n';
    for (auto const& one : message.edits()) std::cout << "edit: " << one.describe() << '\n';
    if (result.quarantine) std::cout << "held because: " << text::readable(*result.quarantine) << '\n';
    std::cout << "from: <" << text::readable(result.sender) << ">\n";
    for (auto const& one : result.recipients) std::cout << "rcpt: <" << text::readable(one.address) << ">\n";
    std::cout << '\n';
    for (auto const& one : result.headers) {
        if (followed_message::is_visible(one)) std::cout << one.name << ':' << one.value << "\r\n";
    }
    std::cout << "\r\n" << result.body << std::flush;
}

void play(test_player& one, boost::asio::io_context& io) {
    std::exception_ptr thrown;
    boost::asio::co_spawn(io, one.play(), [&](std::exception_ptr problem) { thrown = problem; });
    io.run();
    if (thrown) std::rethrow_exception(thrown);
}

int send_message(send_options const& wanted) {
    command_line_settings settings;
    settings.defaults.milter = wanted.milter;
    if (!wanted.timeout.empty()) {
        auto const limit = text::parse_duration(wanted.timeout);
        if (!limit)
            throw std::runtime_error("--timeout: \"" + wanted.timeout +
                                     "\" is not a duration; expected a value such as 5s");
        settings.defaults.default_limit = *limit;
        settings.defaults.limits.clear();
    }
    text::sources files;
    text::mistakes wrong;
    auto const tests = parse_script(text::source("(the options)", script_of(wanted)), settings, files, wrong);
    if (!wrong.none()) throw std::runtime_error("this message cannot be sent\n" + wrong.report(files));

    boost::asio::io_context io(1);
    test_player one(io.get_executor(), tests.front(), filter_of(tests.front()));
    play(one, io);
    auto const* session = one.find("main");
    auto const how = one.result();
    if (how.verdict == verdict::no_filter) {
        std::cerr << "testmta send: " << how.reason << '\n';
        return exit_status::no_filter;
    }
    secrets const nothing_hidden({});
    auto const& said = how.sessions.front();
    if (wanted.shows_frames || said.failed)
        std::cerr << said.frames.format(transcript::everything, nothing_hidden);
    if (said.failed) {
        std::cerr << "testmta send: " << said.failed->problem << "; " << said.failed->position << '\n';
        return exit_status::failed;
    }
    if (!session->last_reply().empty())
        std::cout << "reply: " << text::readable(session->last_reply()) << '\n';
    print_message(session->message());
    return exit_status::passed;
}

}  // namespace

int send(send_options const& wanted) {
    try {
        return send_message(wanted);
    } catch (std::runtime_error const& problem) {
        std::cerr << "testmta send: " << problem.what() << '\n';
        return exit_status::usage;
    }
}

}  // namespace testmta::run
