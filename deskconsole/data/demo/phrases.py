"""What clients and engineers of the demo say, by language; `{unit}` in a subject is the unit's inventory number."""

from __future__ import annotations

from collections.abc import Mapping

Words = Mapping[str, tuple[str, ...]]

_RETAIL_RU = (
    "Касса {unit} не печатает чек",
    "Не проходит оплата картой",
    "Ошибка фискального накопителя на {unit}",
    "Сканер не читает марку «Честный знак»",
    "Зависает при открытии смены, {unit}",
    "Нет связи с ОФД третий час",
    "Жуёт чековую ленту",
)
_POWER_RU = (
    "{unit} пищит и не держит батарею",
    "Зарядка {unit} не начинает сессию",
    "Выбило автомат, {unit} не включается",
    "Разъём не отпускает кабель, {unit}",
)

# Subjects by what the engineer must know, then by language.
SUBJECTS: Mapping[str, Words] = {
    "retail": {
        "ru": _RETAIL_RU,
        "es": (
            "La caja {unit} no imprime el tique",
            "No pasa el pago con tarjeta",
            "El lector no lee el código de barras",
            "La balanza {unit} no pesa bien",
            "Se cuelga al abrir el turno, {unit}",
            "La impresora de etiquetas salta líneas",
        ),
        "en": (
            "Till {unit} prints no receipt",
            "Card payments are declined",
            "Scanner does not read barcodes",
            "Scales {unit} show the wrong weight",
            "Labels come out blank, {unit}",
        ),
    },
    "print": {
        "ru": ("МФУ {unit} мнёт бумагу", "Полосы на отпечатках", "Не сканирует в папку, {unit}", "Закончился тонер"),
        "es": ("La {unit} atasca el papel", "Rayas en las copias", "No escanea a la carpeta", "Sin tóner"),
        "en": ("{unit} jams paper", "Streaks on every page", "Scan to folder fails, {unit}", "Out of toner"),
    },
    "it": {
        "ru": (
            "Сервер {unit} недоступен",
            "Сеть пропадает каждые десять минут",
            "Диск {unit} в предупреждении SMART",
            "1С работает очень медленно",
            "Не делается резервная копия",
            "Горит оранжевый индикатор на {unit}",
        ),
        "es": ("El servidor {unit} no responde", "La red se cae", "Disco {unit} con avisos SMART", "Va muy lento"),
        "en": ("Server {unit} is down", "Network drops every ten minutes", "Disk {unit} reports SMART errors"),
    },
    "lifts": {
        "ru": (
            "Лифт {unit} стоит между этажами",
            "Двери лифта не закрываются, {unit}",
            "Лифт дёргается при остановке",
            "Не работает кнопка вызова на 3-м этаже",
        ),
        "es": ("Ascensor {unit} parado entre plantas", "Las puertas no cierran, {unit}", "Ruido al frenar"),
        "en": ("Lift {unit} stuck between floors", "Lift doors will not close, {unit}", "Lift stops with a jerk"),
    },
    "power": {
        "ru": _POWER_RU,
        "es": ("El SAI {unit} pita y no aguanta", "El cargador {unit} no inicia la sesión", "Saltó el diferencial, {unit}"),
        "en": ("UPS {unit} beeps and drops the load", "Charger {unit} will not start", "Breaker tripped, {unit}"),
    },
    "": {
        "ru": ("Вопрос по настройке программы", "Нужна консультация", "Обновите, пожалуйста, прошивку", "Новое рабочее место"),
        "es": ("Consulta sobre la configuración", "Actualizar el programa", "Nuevo puesto de trabajo"),
        "en": ("Question about settings", "Please update the firmware", "New workplace needed"),
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

REPLIES: Words = {
    "ru": (
        "Приняли заявку, инженер свяжется с вами в течение часа.",
        "Проверьте, пожалуйста, питание и кабель, и напишите, что на индикаторах.",
        "Выезжаем, будем после обеда.",
        "Заменили узел, проверили, всё работает.",
        "Обновили прошивку, понаблюдайте до вечера.",
    ),
    "es": (
        "Hemos recibido el aviso, el técnico le llamará en una hora.",
        "Compruebe la alimentación y el cable, por favor.",
        "Vamos de camino, llegaremos esta tarde.",
        "Pieza cambiada y probada, ya funciona.",
    ),
    "en": (
        "We have your request, an engineer will call within the hour.",
        "Please check the power and the cable and tell us what the lights show.",
        "On our way, we will be there this afternoon.",
        "Part replaced and tested, it works now.",
    ),
}

ANSWERS: Words = {
    "ru": ("Проверили, то же самое.", "Когда приедете?", "Всё заработало, спасибо!", "Индикатор мигает красным."),
    "es": ("Lo hemos mirado y sigue igual.", "¿A qué hora vienen?", "Ya funciona, ¡gracias!"),
    "en": ("Checked, still the same.", "When will you be here?", "It works again, thank you!"),
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
    ("[VIP] Срочно! [/x] [bold red]не работает[/]", "Смотрите [@click=app.quit]сюда[/] и [link=file:///etc/passwd]туда[/]."),
    ("Ошибка \x1b[31mкрасная\x1b[0m на экране", "\x1b]52;c;cm0gLXJmIH4=\x07\x1b[2J\x1b[HКурсор уехал\x9b5A"),
    ("Накладная \u202egnp.exe\u202c не открывается", "Файл чек\u200b.\u200btxt, имя с невидимыми знаками\u2066 внутри\u2069."),
    ("<b>HTML</b> & \"кавычки\" '; DROP TABLE ticket; --", "%s %d {0} {name} $HOME `id` \\n \\x1b\n\n\tотступ табуляцией"),
    ("عربى та 中文字符 в теме ＷＩＤＥ", "Zwölf Boxkämpfer, 日本語のテキスト, 한국어, é как e + \u0301, 👩‍🔧"),
)
