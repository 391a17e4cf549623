#include "log/spawn_guarded.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <new>
#include <sstream>

#include "daemon/support/temporary_folder.hpp"

namespace {

boost::asio::awaitable<void> throw_it(std::exception_ptr what) {
    if (what) std::rethrow_exception(what);
    co_return;
}

}  // namespace

TEST(spawn_guarded, what_a_coroutine_throws_ends_it_alone_with_one_line) {  // DM-155, RS-090, invariant I20
    struct {
        std::exception_ptr thrown;
        char const* said;
    } const cases[] = {
        {std::make_exception_ptr(std::runtime_error("a bug")), "err=\"a bug\"\n"},
        {std::make_exception_ptr(std::bad_alloc()), "err=\"out of memory\"\n"},
        {std::make_exception_ptr(7), "err=\"something that is no std::exception was thrown\"\n"},
        {nullptr, nullptr},
    };
    for (auto const& one : cases) {
        test::temporary_folder const folder;
        vouchd::config values;
        values.log.target = vouchd::log_target::file;
        values.log.file = folder.file("log");
        vouchd::live_config const live(values);
        vouchd::event_log log(live);
        boost::asio::io_context loop;
        int given_up = 0, others = 0;
        vouchd::spawn_guarded(loop.get_executor(), throw_it(one.thrown), log, "control", [&] {
            ++given_up;
            throw std::runtime_error("while it tidied up");
        });
        vouchd::spawn_guarded(
            loop.get_executor(),
            [](int& count) -> boost::asio::awaitable<void> {
                ++count;
                co_return;
            }(others),
            log, "control", nullptr);
        EXPECT_NO_THROW(loop.run());
        EXPECT_EQ(others, 1);
        EXPECT_EQ(given_up, one.said ? 1 : 0);
        log.flush();
        std::ostringstream written;
        written << std::ifstream(values.log.file).rdbuf();
        auto const text = written.str();
        EXPECT_EQ(std::ranges::count(text, '\n'), one.said ? 2 : 0) << text;
        if (one.said) {
            EXPECT_TRUE(text.starts_with("event=fault ")) << text;
            EXPECT_NE(text.find(" level=error part=control "), text.npos);
            EXPECT_NE(text.find(one.said), text.npos) << text;
        }
    }
}
