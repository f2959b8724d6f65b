// SPDX-License-Identifier: Apache-2.0
// Every word of the app that is not the server's: [Chinese, English]. Chinese first, by someone who would say it; English is not a
// word-for-word copy. Wordings of refusals, kinds and states come from the server (GET /v1/texts).
export const texts = {
  // pages and doors
  wallet: ['钱包', 'Wallet'], bills: ['账单', 'Bills'], me: ['我', 'Me'], pages: ['页面', 'Pages'], actions: ['常用', 'Actions'],
  scan: ['扫一扫', 'Scan'], transfer: ['转账', 'Transfer'], cards: ['银行卡', 'Cards'], topup: ['充值', 'Top up'],
  notices: ['通知', 'Notices'], notices_n: ['通知,{n} 条未读', 'Notices, {n} unread'], settings: ['设置', 'Settings'], help: ['客服与帮助', 'Help and support'],
  security: ['安全', 'Security'], sessions: ['登录设备', 'Signed-in devices'], till: ['收款台', 'Till'], till_detail: ['开店、收款、看今天的流水', 'Open a shop, collect, see today\'s takings'],
  back: ['返回', 'Back'], close: ['关闭', 'Close'], cancel: ['取消', 'Cancel'], delete: ['删除一位', 'Delete'], finish: ['完成', 'Done'], go_on: ['下一步', 'Continue'],
  retry: ['重试', 'Try again'], copy: ['复制', 'Copy'], more: ['加载更多', 'Show more'], remove: ['解绑', 'Remove'], end: ['退出', 'Sign out'],
  loading: ['正在加载…', 'Loading…'], working: ['正在处理…', 'Working…'], not_loaded: ['没有加载出来', 'Not loaded'],
  // time
  today: ['今天', 'Today'], yesterday: ['昨天', 'Yesterday'], just_now: ['刚刚更新', 'just now'], minutes_ago: ['{n} 分钟前', '{n} min ago'],
  hours_ago: ['{n} 小时前', '{n} h ago'], days_ago: ['{n} 天前', '{n} d ago'],
  // home
  balance: ['零钱', 'Balance'], hide_balance: ['隐藏金额', 'Hide amounts'], available_and_incoming: ['可用 {available} · 待入账 {incoming}', '{available} available · {incoming} coming in'],
  recent: ['最近', 'Recent'], no_bills: ['还没有账单', 'No bills yet'],
  start_realname: ['先实名认证,就可以收款和付款。', 'Verify your name first; then you can pay and receive.'],
  start_topup: ['零钱是 0.00:还没有充过值或收过款。', 'Your balance is 0.00: nothing was topped up or received yet.'],
  out_of_reach: ['连不上服务器,你的钱没有变化。', 'The server is out of reach. Your money is as it was.'],
  offline_last: ['连不上服务器。下面是最后一次看到的数字({age}),钱没有少。', 'The server is out of reach. These are the last figures we saw ({age}); no money is lost.'],
  app_fault: ['应用出了问题,请刷新页面。', 'The app has a problem. Please reload the page.'],
  operation_open: ['{title} ¥{amount} 还没有等到结果。', '{title} ¥{amount} has no result yet.'],
  operation_resume: ['查结果', 'See the result'], operation_drop: ['不再显示', 'Dismiss'],
  resume_detail: ['{title} ¥{amount}:输入支付密码再确认一次,同一笔不会重复付款。', '{title} ¥{amount}: confirm once more with your PIN. The same payment is never made twice.'],
  nothing_open: ['没有等结果的操作。', 'Nothing is waiting for a result.'],
  // bills: filters, months, export
  search_bills: ['搜对方名字或备注', 'Search names and notes'], filter: ['筛选', 'Filter'], filters_clear: ['清除筛选', 'Clear filters'], all: ['全部', 'All'],
  went_out: ['支出', 'Out'], came_in: ['收入', 'In'], no_bills_fit: ['没有符合的账单。', 'No bills fit.'], any_month: ['所有月份', 'All months'], month: ['月份', 'Month'],
  state: ['状态', 'State'], amount_from: ['最低金额', 'Amount from'], amount_to: ['最高金额', 'Amount to'], show_them: ['查看', 'Show'], kind_any: ['所有类型', 'All kinds'],
  export_bills: ['导出账单', 'Export bills'], export_detail: ['表格文件(CSV),可以用 Excel 打开。一次最多 50,000 条。', 'A table (CSV) that Excel opens, at most 50,000 bills at once.'],
  first_day: ['从', 'From'], last_day: ['到', 'To'], export_now: ['保存到手机', 'Save the file'], exported: ['已保存。', 'Saved.'], month_year: ['{year}年{month}月', '{year}-{month}'],
  amount_odd: ['金额要像 12.50 这样写。', 'Write the amount like 12.50.'], export_fits: ['只含正在显示的筛选。', 'Only what the filters show.'],
  // paying
  pay: ['付款', 'Pay'], pay_to: ['付给', 'Pay'], pay_n: ['付款 ¥{n}', 'Pay ¥{n}'], source: ['付款方式', 'Pay from'], left_n: ['剩 {n}', '{n} left'],
  debit_card: ['储蓄卡', 'Debit card'], credit_card: ['信用卡', 'Credit card'], source_auto: ['自动选择', 'Automatic'], tried: ['付款过程', 'What was tried'], try_short: ['没有用上', 'Not used'], try_declined: ['银行没有通过', 'Declined'],
  default_card: ['默认', 'default'], pays_earlier: ['{name} 往前', '{name}: earlier'], pays_later: ['{name} 往后', '{name}: later'], cards_order: ['付款时从上到下依次尝试。', 'They are asked to pay from the top down.'], note: ['备注', 'Note'], note_optional: ['备注(可不填)', 'Note (optional)'], enter_pin: ['输入支付密码', 'Enter your payment PIN'],
  pin_typed: ['已输入 {n} 位', '{n} of 6 digits entered'], amount: ['金额', 'Amount'], scan_again: ['重新扫码', 'Scan again'],
  payee_phone: ['收款人手机号', 'Phone of the payee'], find_payee: ['下一步', 'Continue'], transfer_to_whom: ['转给', 'Transfer to'], yes_this_person: ['是这个人,去转账', 'Yes, this person'],
  transfer_n: ['转账 ¥{n}', 'Transfer ¥{n}'], transfer_waits: ['对方没有按时收,钱会自动退回零钱。', 'If it is not accepted in time, the money returns to your balance.'],
  recent_people: ['最近转过', 'Recent people'], arrival: ['到账时间', 'Arrival'], arrival_now: ['立即到账', 'At once'], arrival_2h: ['2 小时到账', 'In 2 h'], arrival_24h: ['24 小时到账', 'In 24 h'],
  transfer_recallable: ['到账前可以在账单里撤回。到账后对方没有按时收,钱会自动退回。', 'Until it arrives you can recall it on its bill. If it is not accepted in time afterwards, the money returns.'], arrival_detail: ['转账时可以另选。到账前可以撤回。', 'Can be changed with each transfer. Until it arrives you can recall it.'],
  arrival_unless: ['转账到账时间', 'My transfers arrive'], recall: ['撤回', 'Recall'], arrives_at: ['到账时间', 'Arrives at'],
  topup_n: ['充值 ¥{n}', 'Top up ¥{n}'], topup_needs_card: ['充值需要一张银行卡。', 'To top up, add a bank card first.'],
  withdraw: ['提现', 'Withdraw'], withdraw_n: ['提现 ¥{n}', 'Withdraw ¥{n}'], withdraw_all: ['全部提现', 'All of it'], withdraw_needs_card: ['提现需要一张本人的储蓄卡。', 'To withdraw, add a debit card of your own first.'],
  to_card: ['提现到', 'To the card'], fee: ['手续费', 'Fee'], leaves_balance: ['零钱共扣', 'Leaves your balance'], short_n: ['零钱差 {n}', '{n} short'],
  withdraw_rule: ['还可免费提现 {left} 元,超出部分收 {rate}%,最少 {least} 元。', '{left} more is free; of what exceeds it {rate} %, at least {least}.'],
  // results and bills
  result: ['结果', 'Result'], bill: ['账单详情', 'Bill'], not_done: ['没有成功', 'Not done'], no_answer: ['还没有结果', 'No result yet'],
  no_answer_detail: ['没有收到服务器的回复。查结果时用的是同一笔,不会重复付款。', 'No answer came from the server. Seeing the result asks for this same payment; it is never made twice.'],
  taken_no: ['钱没有被扣', 'No money was taken'], taken_yes: ['钱已扣', 'Money was taken'], taken_checking: ['正在核对是否扣款', 'Checking whether money was taken'],
  taken_unknown: ['还不知道是否扣款', 'Not known yet whether money was taken'],
  counterparty: ['对方', 'With'], kind: ['类型', 'Kind'], number: ['单号', 'Number'], entry_n: ['记账号 {n}', 'Entry {n}'], until: ['截止', 'Until'], history: ['经过', 'History'], request: ['请求号', 'Request'],
  transfer_from: ['{name} 转给你', 'From {name}'], transfer_to: ['转给 {name}', 'To {name}'], accept: ['收钱', 'Accept'], return_money: ['退回', 'Return'],
  no_notices: ['还没有通知', 'No notices yet'],
  // scanning and receiving
  camera: ['摄像头画面', 'Camera'], no_camera: ['用不了摄像头。可以选图片,或者输入码。', 'The camera cannot be used. Choose a picture or type the code.'],
  from_picture: ['从图片识别', 'From a picture'], no_code_in_picture: ['图片里没有找到码。', 'No code was found in the picture.'], type_code: ['输入码', 'Type the code'],
  receive_detail: ['让对方扫这个码,给你转账', 'Let someone scan this to send you money'], receive_code: ['我的收款码', 'My receive code'], receive_needs_name: ['实名认证后才能收款。', 'Verify your name to receive money.'],
  // payment code
  pay_receive: ['收付款', 'Pay / Receive'], pay_side: ['付款', 'Pay'], receive_side: ['收款', 'Receive'], paycode: ['付款码', 'Payment code'],
  paycode_detail: ['给收银员扫一下,就能付款', 'Let the cashier scan this to pay'], paycode_bars: ['付款条形码', 'Payment code as bars'], paycode_qr: ['付款二维码', 'Payment code as QR'],
  paycode_renews: ['到时自动更新', 'Renews itself'], paycode_renew: ['换一个', 'New code'], paycode_needs: ['先实名认证,并设置支付密码。', 'Verify your name and set a payment PIN first.'],
  paycode_digits: ['查看数字', 'Show the digits'], paycode_digits_hide: ['隐藏数字', 'Hide them'],
  paycode_digits_detail: ['数字只念给收银员,不要发给任何人。看过数字的码,付款时要输入支付密码。', 'Read them out to the cashier only; send them to nobody. A code whose digits are shown asks for your PIN.'],
  paycode_free: ['小额免密', 'Small amounts without the PIN'], paycode_free_on: ['每笔 {n} 元以内免密,今天还剩 {left} 笔', 'Up to {n} each; {left} left today'], paycode_free_off: ['每笔都要输入支付密码', 'Each payment asks for the PIN'],
  paycode_source: ['先用零钱,不够时按顺序用银行卡', 'Your balance first, then your cards in order'],
  paycode_suspend: ['暂停付款码', 'Pause the payment code'], paycode_resume: ['恢复付款码', 'Switch the payment code on'], paycode_paused: ['付款码已暂停', 'The payment code is paused'],
  paycode_paused_detail: ['任何设备上的付款码都不能用。输入支付密码就能恢复。', 'No code of yours counts, on any device. Your PIN switches it on again.'],
  confirm_payment: ['确认付款', 'Confirm the payment'], confirm_within: ['还有 {n} 秒可以确认', '{n} seconds left to confirm'], charge_taken_back: ['{shop}取消了这笔收款,钱没有被扣。', '{shop} took the charge back. No money was taken.'],
  // cards and name
  add_card: ['添加银行卡', 'Add a bank card'], remove_card: ['解绑这张卡', 'Remove this card'], no_cards: ['还没有银行卡', 'No cards yet'], card_number: ['卡号', 'Card number'], card_phone: ['银行预留手机号', 'Phone that the bank knows'],
  get_bank_code: ['获取银行验证码', 'Get the bank\'s code'], bank_code_sent: ['银行已把验证码发到 {phone}。', 'The bank has sent a code to {phone}.'], own_cards_only: ['只能添加本人的卡 {name}', 'Only cards of your own can be added {name}'], not_supported: ['暂不支持', 'not supported yet'],
  real_name: ['实名认证', 'Real name'], name_verified: ['已实名认证', 'Name verified'], name_not_verified: ['还没有实名认证', 'Name not verified yet'], name_why: ['认证后才能付款和收款', 'Needed to pay and to receive'],
  name_detail: ['请填写身份证上的姓名和号码。只用来核对身份,加密保存。', 'Enter name and number as on your ID card. They are used to check who you are and are kept sealed.'],
  name: ['姓名', 'Name'], id_number: ['身份证号', 'ID number'], verify_name: ['去实名认证', 'Verify my name'], tier_1: ['I 类:余额付款终身 {n} 元', 'Tier I: {n} from balance for life'], tier_2: ['II 类:余额付款每年 {n} 元', 'Tier II: {n} from balance a year'],
  tier_up: ['添加一张银行卡,额度提高到每年 {n} 元。', 'Add a bank card to raise the limit to {n} a year.'],
  // me
  language: ['语言', 'Language'], look: ['外观', 'Appearance'], theme_system: ['跟随系统', 'System'], theme_light: ['浅色', 'Light'], theme_dark: ['深色', 'Dark'], sign_out: ['退出登录', 'Sign out'],
  unknown_device: ['未知设备', 'Unknown device'], this_device: ['本机', 'this device'], last_seen: ['最近使用 {at}', 'Last used {at}'], end_others: ['退出其他设备', 'Sign out everywhere else'],
  pin: ['支付密码', 'Payment PIN'], pin_is_set: ['已设置', 'Set'], pin_not_set: ['还没有设置', 'Not set yet'], pin_detail: ['6 位数字。不要用生日、重复或连续的数字,也不要告诉任何人。', 'Six digits. No birthdays, repeats or runs; tell nobody.'],
  pin_done: ['支付密码已设置。', 'The payment PIN is set.'], set_pin: ['设置支付密码', 'Set a payment PIN'], change_pin: ['修改支付密码', 'Change the PIN'], pin_old: ['输入原支付密码', 'Enter the old PIN'], pin_new: ['输入新支付密码', 'Enter a new PIN'], pin_again: ['再输入一次', 'Enter it again'], pins_differ: ['两次不一样,请重新输入。', 'The two differ. Please enter a new PIN again.'],
  help_detail: ['遇到问题,先看账单里的原因和下一步。联系运营方时,请给出账单上的单号。', 'If something went wrong, the bill shows why and what to do next. When you contact the operator, give the number on the bill.'],
  service: ['服务', 'Service'], version: ['版本', 'Version'],
  // way in
  sign_in: ['登录', 'Sign in'], register: ['开通钱包', 'Open a wallet'], welcome: ['付款、收款,每一分钱都说得清。', 'Pay and be paid, with every cent explained.'], phone: ['手机号', 'Mobile number'], password: ['登录密码', 'Password'],
  password_detail: ['8 到 64 位。长一点、少见一点,比复杂更安全。', '8 to 64 characters. Longer and less common beats complicated.'], code: ['验证码', 'Code'], get_code: ['获取验证码', 'Get a code'], again_in: ['{n} 秒后重发', 'Again in {n} s'], nickname: ['昵称', 'Nickname'],
  have_wallet: ['已有钱包,去登录', 'I have a wallet: sign in'], no_wallet: ['还没有钱包,去开通', 'No wallet yet: open one'],
  // limits
  limits: ['额度', 'Limits'], limits_tier: ['{n} 类账户。银行卡付款不占用这些额度。', 'Tier {n}. What a card pays uses none of these.'], limits_none: ['实名认证后才能付款。', 'Verify your name to pay.'],
  left_of: ['剩 {left} / {most}', '{left} left of {most}'], resets_at: ['{at} 更新', 'begins anew at {at}'],
  // the wallet itself
  forgot: ['忘记密码', 'Forgotten password'], forgot_detail: ['设一个新的登录密码。其他设备会退出登录。', 'Set a new password. Other devices are signed out.'],
  forgot_proof: ['证明这是你的钱包', 'Show that the wallet is yours'], proof_name: ['姓名和身份证', 'Name and ID'], proof_card: ['银行卡', 'Bank card'], proof_none: ['还没实名', 'No name yet'],
  proof_none_detail: ['没有实名认证过的钱包,只要验证码。', 'A wallet without a verified name needs the code only.'], new_password: ['新的登录密码', 'New password'], set_password: ['设置新密码并登录', 'Set it and sign in'],
  change_phone: ['更换手机号', 'Change the phone number'], new_phone: ['新的手机号', 'New mobile number'], phone_now: ['现在的手机号是 {phone}', 'The number is {phone} now'],
  phone_detail: ['验证码发到新的手机号。换好以后,旧手机号会收到一条通知。', 'The code goes to the new number. Afterwards the old number is told.'], phone_done: ['手机号已更换。', 'The number is changed.'],
  close_wallet: ['注销钱包', 'Close the wallet'], close_detail: ['注销以后不能收款和付款,银行卡会解绑,手机号和身份证可以再开通新的钱包。账单按法律要求保存。', 'A closed wallet neither pays nor receives; its cards are removed, and phone and ID may open another one. Bills are kept as the law asks.'],
  close_not_yet: ['现在还不能注销', 'Not yet'], close_ready: ['没有未完成的事,可以注销。', 'Nothing is open: it can be closed.'], close_sure: ['注销以后不能恢复。确定要注销吗?', 'This cannot be undone. Close it for good?'], close_yes: ['确定注销', 'Close it for good'],
  // till
  shops: ['店铺', 'Shops'], open_shop: ['开店', 'Open a shop'], open_shop_detail: ['给店铺起个名字,马上就能收款。', 'Give your shop a name and collect at once.'], shop_name: ['店名', 'Name of the shop'], collect: ['收款', 'Collect'], collect_n: ['收款 ¥{n}', 'Collect ¥{n}'],
  shop_code: ['店铺码', 'Shop code'], shop_code_detail: ['贴在店里,顾客扫码自己输入金额', 'Put it up in the shop; customers scan it and type the amount'], scan_to_pay: ['请顾客扫码付款', 'Let the customer scan and pay'], order_code: ['付款码', 'Code to pay'],
  received: ['收到了', 'Received'], order_closed: ['这一单已关闭', 'This order is closed'], next_customer: ['下一位', 'Next customer'], takings_today: ['今天的流水', 'Today\'s takings'], takings_sum: ['{n} 笔 · {amount}', '{n} payments · {amount}'], no_takings: ['今天还没有收款', 'Nothing collected yet today'], customer: ['顾客', 'Customer'],
  scan_customer: ['扫顾客的付款码', 'Scan the customer\'s code'], scan_customer_n: ['扫码收款 ¥{n}', 'Scan to collect ¥{n}'], scan_customer_detail: ['用摄像头或扫码枪扫顾客的付款码,也可以输入 18 位数字。', 'Scan the customer\'s payment code with the camera or a bar-code reader, or type its 18 digits.'],
  code_digits: ['付款码数字', 'Digits of the payment code'], charge_waiting: ['等顾客输入支付密码', 'Waiting for the customer\'s PIN'], charge_at_bank: ['顾客的银行处理中', 'The customer\'s bank is asked'], charge_cancel: ['取消这笔', 'Take it back'], charge_cancelled: ['已取消,钱没有被扣', 'Taken back; no money was taken'], charge_no_answer: ['没有收到结果。查结果时是同一笔,不会重复收款。', 'No answer came. Seeing the result asks for this same charge; it is never made twice.'],
  not_received: ['没有收到', 'Not received'], scan_next: ['重新扫码', 'Scan again'],
  // demo
  demo: ['演示', 'Demo'], demo_detail: ['这里打开三个窗口:付款人、朋友、商家,各自登录。付款人在“收付款”里出示付款码,商家的收款台扫它,或者输入 18 位数字。短信验证码、测试卡和证件都在下面。', 'Open three windows: payer, friend and shop, each with its own login. The payer shows a payment code under Pay / Receive; the shop\'s till scans it or takes its 18 digits. SMS codes, test cards and ID numbers are below.'],
  window_payer: ['打开付款人的窗口', 'Open the payer\'s window'], window_friend: ['打开朋友的窗口', 'Open the friend\'s window'], window_shop: ['打开商家的窗口', 'Open the shop\'s window'],
  sms_codes: ['短信验证码', 'SMS codes'], no_sms: ['还没有短信', 'No messages yet'], from_bank: ['银行', 'Bank'], from_wallet: ['钱包', 'Wallet'], test_cards: ['测试卡', 'Test cards'], test_people: ['测试身份', 'Test people'], demo_login: ['手机 {phone} · 密码 {password} · 支付密码 {pin}', 'Phone {phone} · password {password} · PIN {pin}'], sandbox_clock: ['沙箱时钟', 'Sandbox clock'],
} as const satisfies Record<string, readonly [string, string]>;

export type TextKey = keyof typeof texts;
