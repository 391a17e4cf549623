// Sends a file as a message:  send_mail HOST[:PORT] FILE SENDER RECIPIENT...
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <iostream>

#include "submission/submission.hpp"

namespace {

boost::asio::awaitable<void> send(submission::client& client, submission::batch& mail, char const* where) {
    using namespace submission;
    listener watching(
        [](event::rcpt_status const& e) { std::cout << e.address << ": " << e.reply.text() << '\n'; },
        [](event::message_result const& e) { std::cout << "message: " << e.error.message() << '\n'; });
    auto const sent = co_await client.send(mail, destination::parse(where).value(), &watching);
    if (!sent) std::cerr << sent.error().message() << '\n';
}

}  // namespace

int main(int count, char** arguments) try {
    if (count < 5) return 64;
    submission::batch mail;
    auto& message = mail.add(
        {submission::mailbox::parse(arguments[3]).value(), submission::file_content(arguments[2]).value()});
    message.headers = submission::missing_headers::are_added;
    for (int i = 4; i < count; ++i) message.to(submission::mailbox::parse(arguments[i]).value());
    boost::asio::io_context loop;
    submission::client client(loop.get_executor());
    boost::asio::co_spawn(loop, send(client, mail, arguments[1]), [](std::exception_ptr) {});
    loop.run();
    return message.accepted() ? 0 : 75;
} catch (std::exception const& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
