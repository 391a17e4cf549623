// says: milterproto: a handler is moved into its filter
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
#ifdef WITH_FAULT
    author() = default;
    author(author const&) = delete;
#endif
    void on_close(connection&) {}
};

auto made = make_filter(author());
