// says: milterproto: the handler has no callback
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
#ifndef WITH_FAULT
    void on_close(connection&) {}
#endif
};

auto made = make_filter(author());
