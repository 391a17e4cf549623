#pragma once

/// All that a filter's author needs. (Which version of the library this is, find_package and pkg-config know;
/// libmilter: smfi_version.)
#include "milterproto/description.hpp"
#include "milterproto/handler.hpp"
#include "milterproto/program.hpp"
#include "milterproto/server.hpp"
#include "milterproto/text_observer.hpp"
#include "milterproto/timer.hpp"
