"""What clients and engineers of the demo say, by language; `{unit}` in a subject is the unit's inventory number."""

from __future__ import annotations

from collections.abc import Mapping

from deskconsole.domain.terms import Category

Words = Mapping[str, tuple[str, ...]]

# What is wrong, by kind of equipment, then by language; "" = no unit is concerned.
SUBJECTS: Mapping[str, Words] = {
    "": {
        "ru": (
            "Вопрос по настройке программы",
            "Нужна консультация",
            "Обновите, пожалуйста, 1С",
            "Новое рабочее место",
        ),
        "es": ("Consulta sobre la configuración", "Actualizar el programa", "Nuevo puesto de trabajo"),
        "en": ("Question about settings", "Please update the software", "New workplace needed"),
    },
    "cash desk": {
        "ru": ("Не проходит оплата картой", "Рабочее место {unit} не включается", "Нет связи с ОФД третий час"),
        "es": ("No pasa el pago con tarjeta", "El puesto {unit} no arranca"),
        "en": ("Card payments are declined", "Cash desk {unit} will not start"),
    },
    "cash register": {
        "ru": (
            "Касса {unit} не печатает чек",
            "Ошибка фискального накопителя на {unit}",
            "Зависает при открытии смены, {unit}",
            "Касса просит закрыть смену, {unit}",
        ),
        "es": ("La caja {unit} no imprime el tique", "Se cuelga al abrir el turno, {unit}", "No cuadra el cierre Z"),
        "en": ("Till {unit} prints no receipt", "Till {unit} freezes at opening", "End-of-day report is wrong"),
    },
    "receipt printer": {
        "ru": ("Жуёт чековую ленту, {unit}", "Бледные чеки на {unit}", "Принтер чеков не виден кассе"),
        "es": ("La impresora {unit} atasca el papel", "Tiques muy claros, {unit}"),
        "en": ("Receipt printer {unit} jams", "Receipts are too pale, {unit}"),
    },
    "barcode scanner": {
        "ru": ("Сканер {unit} не читает марку «Честный знак»", "Сканер {unit} не пищит и не читает"),
        "es": ("El lector {unit} no lee los códigos", "El lector se desconecta, {unit}"),
        "en": ("Scanner {unit} does not read barcodes", "Scanner {unit} keeps disconnecting"),
    },
    "label printer": {
        "ru": ("Принтер этикеток {unit} пропускает строки", "Этикетки выходят пустыми, {unit}"),
        "es": ("La impresora de etiquetas {unit} salta líneas", "Etiquetas en blanco, {unit}"),
        "en": ("Labels come out blank, {unit}", "Label printer {unit} skips lines"),
    },
    "scales": {
        "ru": ("Весы {unit} показывают лишние 40 граммов", "Весы {unit} не грузят товары", "Поверка весов {unit}"),
        "es": ("La balanza {unit} no pesa bien", "La balanza {unit} no carga los productos"),
        "en": ("Scales {unit} show the wrong weight", "Scales {unit} do not load prices"),
    },
    "MFP": {
        "ru": (
            "МФУ {unit} мнёт бумагу",
            "Полосы на отпечатках, {unit}",
            "Не сканирует в папку, {unit}",
            "Закончился тонер",
        ),
        "es": ("La {unit} atasca el papel", "Rayas en las copias, {unit}", "No escanea a la carpeta", "Sin tóner"),
        "en": ("{unit} jams paper", "Streaks on every page, {unit}", "Scan to folder fails, {unit}", "Out of toner"),
    },
    "server": {
        "ru": ("Сервер {unit} недоступен", "1С работает очень медленно", "Не делается резервная копия, {unit}"),
        "es": ("El servidor {unit} no responde", "La copia de seguridad falla, {unit}", "El programa va muy lento"),
        "en": ("Server {unit} is down", "Backup fails on {unit}", "Everything is very slow"),
    },
    "disk": {
        "ru": ("Диск {unit} в предупреждении SMART", "Массив деградировал, выпал {unit}"),
        "es": ("Disco {unit} con avisos SMART", "RAID degradado, falla {unit}"),
        "en": ("Disk {unit} reports SMART errors", "Array degraded, {unit} dropped out"),
    },
    "switch": {
        "ru": (
            "Сеть пропадает каждые десять минут",
            "Горит оранжевый индикатор на {unit}",
            "Порты {unit} не поднимаются",
        ),
        "es": ("La red se cae cada diez minutos", "Puertos caídos en {unit}"),
        "en": ("Network drops every ten minutes", "Ports down on {unit}"),
    },
    "UPS": {
        "ru": ("{unit} пищит и не держит батарею", "Выбило автомат, {unit} не включается", "Замена батарей {unit}"),
        "es": ("El SAI {unit} pita y no aguanta", "Cambiar baterías de {unit}"),
        "en": ("UPS {unit} beeps and drops the load", "Replace batteries in {unit}"),
    },
    "lift": {
        "ru": (
            "Лифт {unit} стоит между этажами",
            "Двери лифта не закрываются, {unit}",
            "Лифт {unit} дёргается при остановке",
            "Не работает кнопка вызова на 3-м этаже, {unit}",
        ),
        "es": ("Ascensor {unit} parado entre plantas", "Las puertas no cierran, {unit}", "Botón sin luz, {unit}"),
        "en": (
            "Lift {unit} stuck between floors",
            "Lift doors will not close, {unit}",
            "Lift {unit} stops with a jerk",
        ),
    },
    "lift drive": {
        "ru": ("Перегрев привода {unit}", "Шум в машинном отделении, {unit}"),
        "es": ("Motor {unit} recalentado", "Ruido al frenar, {unit}"),
        "en": ("Drive {unit} overheats", "Noise in the machine room, {unit}"),
    },
    "EV station": {
        "ru": ("Станция {unit} не на связи", "Экран станции {unit} чёрный"),
        "es": ("Estación {unit} sin conexión", "Pantalla en negro, {unit}"),
        "en": ("Station {unit} is offline", "Black screen on {unit}"),
    },
    "EV charger": {
        "ru": ("Зарядка {unit} не начинает сессию", "Разъём не отпускает кабель, {unit}"),
        "es": ("El cargador {unit} no inicia la sesión", "El conector no suelta el cable, {unit}"),
        "en": ("Charger {unit} will not start", "Cable stuck in {unit}"),
    },
}

BODIES: Words = {
    "ru": (
        "Добрый день!",
        "Здравствуйте.",
        "Началось сегодня утром.",
        "Перезагружали два раза, не помогло.",
        "Очередь в зале, просим срочно.",
        "На экране ошибка, фото пришлём.",
        "Вчера всё работало.",
        "Доступ с 9 до 18, пропуск на охране.",
        "Вызовите, пожалуйста, инженера.",
        "Это уже третий раз за месяц!",
        "Спасибо.",
    ),
    "es": (
        "Buenos días:",
        "Empezó esta mañana.",
        "Hemos reiniciado dos veces y nada.",
        "Tenemos cola, es urgente.",
        "Sale un error en la pantalla, mandamos foto.",
        "Ayer funcionaba bien.",
        "¿Pueden enviar un técnico?",
        "Es la tercera vez este mes.",
        "Gracias, un saludo.",
    ),
    "en": (
        "Hello,",
        "It started this morning.",
        "We restarted it twice, no change.",
        "Customers are waiting, please hurry.",
        "There is an error on the screen, photo follows.",
        "It worked fine yesterday.",
        "Can you send somebody?",
        "Third time this month.",
        "Thanks.",
    ),
}

# What an engineer writes to the client on coming into a status.
REPLIES: Mapping[Category, Words] = {
    Category.OPEN: {
        "ru": ("Приняли заявку, инженер свяжется с вами в течение часа.", "Заявка у инженера, номер выше."),
        "es": ("Hemos recibido el aviso, el técnico le llamará en una hora.", "El aviso ya tiene técnico."),
        "en": ("We have your request, an engineer will call within the hour.", "An engineer has your ticket."),
    },
    Category.IN_PROGRESS: {
        "ru": ("Начали работу.", "Выезжаем, будем после обеда."),
        "es": ("Estamos en ello.", "Vamos de camino."),
        "en": ("We are on it.", "On our way."),
    },
    Category.WAITING_CLIENT: {
        "ru": ("Проверьте, пожалуйста, питание и кабель и напишите, что на индикаторах.", "Когда нам открыть доступ?"),
        "es": ("Compruebe la alimentación y el cable, por favor.", "¿Cuándo podemos entrar en la tienda?"),
        "en": ("Please check the power and the cable and tell us what the lights show.", "When can we have access?"),
    },
    Category.WAITING_SUPPLIER: {
        "ru": ("Деталь заказана у поставщика, ждём два-три дня.",),
        "es": ("Pieza pedida al proveedor, dos o tres días.",),
        "en": ("The part is on order, two or three days.",),
    },
    Category.PLANNED: {
        "ru": ("Записали вас на выезд, инженер позвонит за час.",),
        "es": ("Visita programada, el técnico llamará una hora antes.",),
        "en": ("The visit is planned, the engineer will call an hour before.",),
    },
    Category.RESOLVED: {
        "ru": (
            "Заменили узел, проверили, всё работает.",
            "Обновили прошивку, понаблюдайте до вечера.",
            "Почистили, отладили.",
        ),
        "es": ("Pieza cambiada y probada, ya funciona.", "Firmware actualizado, obsérvenlo hasta la tarde."),
        "en": ("Part replaced and tested, it works now.", "Firmware updated, please watch it until the evening."),
    },
}

# What the client answers when the desk waits for it.
ANSWERS: Words = {
    "ru": ("Проверили, то же самое.", "Когда приедете?", "Индикатор мигает красным.", "Доступ с десяти утра."),
    "es": ("Lo hemos mirado y sigue igual.", "¿A qué hora vienen?", "Pueden entrar a partir de las diez."),
    "en": ("Checked, still the same.", "When will you be here?", "You can come after ten."),
}

NOTES = (
    "Заказал блок питания, придёт через три дня.",
    "Ключ от серверной у охраны, спросить Семёна.",
    "Клиент просил не звонить до десяти.",
    "Третий вызов на этот узел: предложить замену.",
    "Under warranty, ask the vendor first.",
    "Pedir pase de acceso un día antes.",
)

WORK_NOTES = ("Диагностика", "Замена узла", "Настройка удалённо", "Выезд", "Reemplazo y prueba", "Remote session", "")

# What a client can really send; each goes through `domain.text.clean`, as in the use case.
HOSTILE = (
    (
        "[VIP] Срочно! [/x] [bold red]не работает[/]",
        "Смотрите [@click=app.quit]сюда[/] и [link=file:///etc/passwd]туда[/].",
    ),
    ("Ошибка \x1b[31mкрасная\x1b[0m на экране", "\x1b]52;c;cm0gLXJmIH4=\x07\x1b[2J\x1b[HКурсор уехал\x9b5A"),
    (
        "Накладная \u202egnp.exe\u202c не открывается",
        "Файл чек\u200b.\u200btxt, имя с невидимыми знаками\u2066 внутри\u2069.",
    ),
    (
        '<b>HTML</b> & "кавычки" \'; DROP TABLE ticket; --',
        "%s %d {0} {name} $HOME `id` \\n \\x1b\n\n\tотступ табуляцией",
    ),
    ("عربى та 中文字符 в теме ＷＩＤＥ", "Zwölf Boxkämpfer, 日本語のテキスト, 한국어, é как e + \u0301, 👩‍🔧"),
)
