#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "callout_command_line.hpp"
#include "submission/submission.hpp"

/// The sending client as an author uses it, in one process and one thread.
///
///     bench_smtp_client --port N --count N [--connections N (at once)] [--size BYTES] [--recipients N (of a
///     message)]
///
/// Each message has a connection of its own, as those of smtp-source have.
namespace {

namespace asio = boost::asio;

class load {
public:
    explicit load(bench::callout_command_line const& wanted)
        : left_(wanted.number("--count")),
          recipients_(wanted.number("--recipients", 1)),
          text_(bench::message_of(wanted.number("--size", 10240))),
          where_(
              submission::destination::parse("127.0.0.1:" + std::to_string(wanted.number("--port"))).value()),
          client_(loop_.get_executor(), options()) {
        for (std::size_t i = 0; i < wanted.number("--connections", 1); ++i)
            asio::co_spawn(loop_, send_some(), [](std::exception_ptr const& thrown) {
                if (thrown) std::rethrow_exception(thrown);
            });
    }
    void run() { loop_.run(); }

private:
    static submission::client_options options() {
        submission::client_options made;
        made.helo = callout::helo_name::parse("client.bench.test").value();
        made.tls = submission::tls_policy::never;
        return made;
    }

    asio::awaitable<void> send_some() {
        while (left_ != 0) {
            --left_;
            submission::batch all;
            auto& one = all.add({from_, submission::text_content(text_)});
            one.recipients.reserve(recipients_);
            for (std::size_t i = 0; i < recipients_; ++i) one.to(to_[i % std::size(to_)]);
            auto const done = co_await client_.send(all, where_);
            if (done && one.accepted()) continue;
            std::fprintf(stderr, "not sent: %s\n", (done ? one.error : done.error()).message().c_str());
            std::_Exit(1);
        }
    }

    asio::io_context loop_{1};
    std::size_t left_;
    std::size_t recipients_;
    std::string text_;
    submission::mailbox from_ = submission::mailbox::parse("ann@bench.test").value();
    submission::mailbox to_[2] = {submission::mailbox::parse("bob@bench.test").value(),
                                  submission::mailbox::parse("carl@bench.test").value()};
    submission::destination where_;
    submission::client client_;
};

}  // namespace

int main(int argc, char** argv) {
    bench::callout_command_line const wanted(argc, argv);
    load all(wanted);
    bench::stopwatch const watch;
    all.run();
    bench::print_rate("messages", wanted.number("--count"), watch.seconds(), watch.cpu_seconds());
    std::puts("}");
}
