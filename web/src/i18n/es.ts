import type { Messages } from './en.ts';

export const messages: Messages = {
  app: {
    skip: 'Saltar al contenido',
    language: 'Idioma',
    dark: 'Tema oscuro',
    loading: 'Cargando…',
    retry: 'Reintentar',
    stale: 'No se ha podido actualizar. Lo que ves puede no estar al día.',
    dismiss: 'Descartar',
    close: 'Cerrar',
    cancel: 'Cancelar',
    save: 'Guardar',
    copied: 'Copiado.',
    copyFailed: 'El navegador no ha permitido copiar.',
    copyId: 'Copiar el número',
    discardTitle: '¿Descartar lo que has escrito?',
    discard: 'Descartar',
    keepEditing: 'Seguir editando',
    newRows: '{count} nuevo: mostrar | {count} nuevo: mostrar | {count} nuevos: mostrar',
    otherRows: 'Ha cambiado: mostrar',
    rowsWait: 'La lista ha cambiado. Un botón encima de ella muestra lo nuevo.',
    unavailable: 'No disponible en este momento',
    offline:
      'No tienes conexión. Lo que ves puede ser antiguo, y no se puede cambiar nada hasta que vuelvas a tenerla.',
    notLoaded: 'No se ha podido cargar. Comprueba tu conexión e inténtalo de nuevo.',
    catalogueDown: 'El catálogo no responde',
    catalogueDownDetail:
      'Ahora mismo no se pueden mostrar productos ni precios. Suele volver en un momento.',
    unknownName: 'Producto {id}',
    deletedName: 'Producto {id} (eliminado)',
    productCount: 'Ningún producto | {count} producto | {count} productos',
    productCountCapped: '{count} productos | {count} productos | Más de {count} productos',
  },
  nav: {
    label: 'Principal',
    more: 'Más',
    catalogue: 'Catálogo',
    manage: 'Oficina',
    activity: 'Actividad',
    status: 'Estado',
    purchases: 'Mis compras',
    api: 'API',
    signIn: 'Entrar',
    signOut: 'Salir',
    basket: 'Cesta vacía | Cesta, {count} unidad | Cesta, {count} unidades',
    openMenu: 'Abrir el menú',
    closeMenu: 'Cerrar el menú',
    signedOut: 'Has salido.',
    signOutFailed: 'No se ha podido salir. Inténtalo de nuevo.',
  },
  live: {
    idle: '',
    live: 'Existencias en directo',
    connecting: 'Conectando…',
    lost: 'Sin conexión, reintentando…',
  },
  stock: {
    unknown: 'Existencias desconocidas por ahora',
    untracked: 'Sin seguimiento',
    none: 'Agotado',
    few: 'Solo quedan {count}',
    many: '{count} disponibles',
  },
  statuses: {
    active: 'Vigente',
    draft: 'Borrador',
    archived: 'Archivado',
    confirmed: 'Confirmada',
    released: 'Liberada',
    expired: 'Caducada',
  },
  sale: {
    total: 'Total',
    id: 'Número de compra',
  },
  pages: {
    label: 'Páginas',
    previous: 'Anterior',
    next: 'Siguiente',
    page: 'Página {page}',
  },
  notFound: {
    start: 'Ir al inicio',
    title: 'Aquí no hay nada',
    detail: 'Puede que la dirección tenga una errata o que la página se haya movido.',
  },
  unknown: {
    again: 'Volver a preguntar',
    forget: 'Ya lo he comprobado',
    offline: 'No tienes conexión. En cuanto la tengas, vuelve a preguntar: se hace una sola vez.',
    lost: 'Ha pasado demasiado tiempo, o has iniciado sesión de nuevo. Volver a preguntar podría hacerlo dos veces: comprueba primero si se hizo.',
    stock: 'No sabemos si este cambio se ha registrado',
    stockDetail: 'No ha llegado respuesta. Pulsa «Volver a preguntar»: se registra una sola vez.',
    change: 'No sabemos si este cambio se ha registrado: {change}',
    made: '{name}: registrado una sola vez',
    changes: {
      receive: 'entrada de {units} × {name}',
      adjust: 'ajuste de {units} × {name}',
      count: 'recuento de {units} × {name}',
      threshold: 'umbral de {units}, {name}',
      return: 'devolución de {units} × {name}',
    },
  },
  numbers: {
    'not-a-number': 'Indica un número de 0 o más',
    ambiguous: 'Se puede leer como {first} o como {second}. Escríbelo sin separador de miles.',
    'too-many-decimals': 'Tiene más decimales que esta moneda',
    'wrong-currency': 'Es el símbolo de otra moneda',
    negative: 'Indica 0 o más',
    'too-large': 'Indica mil millones como máximo',
    shortened: 'Una hoja de cálculo ha abreviado este número. Escribe todas sus cifras.',
    'not-whole': 'Indica un número entero',
  },
  errors: {
    refused: {
      title: 'No ha funcionado',
      detail: 'Revisa lo que has escrito e inténtalo de nuevo.',
    },
    unavailable: {
      title: 'La tienda no puede responder ahora',
      detail: 'No ha cambiado nada. Suele volver en un momento.',
    },
    unreachable: {
      title: 'No hay conexión con la tienda',
      detail: 'Revisa tu conexión. Lo que ves se queda como está.',
    },
    timeout: {
      title: 'Ha tardado demasiado',
      detail: 'No ha llegado respuesta a tiempo. Inténtalo de nuevo.',
    },
    malformed: {
      title: 'Una respuesta inesperada',
      detail: 'Esta respuesta viene de algo que está entre tú y la tienda. Inténtalo de nuevo.',
    },
    'outcome-unknown': {
      title: 'No sabemos si se ha hecho',
      detail: 'No ha llegado respuesta. Vuelve a pulsar: se hace una sola vez.',
    },
    unexpected: {
      title: 'Algo ha ido mal',
      detail: 'Recarga la página e inténtalo de nuevo.',
    },
  },
  problems: {
    'insufficient-stock': {
      title: 'No hay existencias suficientes',
      detail: 'No ha cambiado nada. Pide menos unidades.',
    },
    'price-changed': { title: 'El precio ha cambiado', detail: 'No se ha comprado nada.' },
    'product-not-active': {
      title: 'Este producto no está a la venta',
      detail: 'Se ha retirado de la venta. No se ha comprado nada.',
    },
    'product-not-found': {
      title: 'Este producto ya no existe',
      detail: 'Se ha eliminado mientras tanto.',
    },
    'not-found': { title: 'Aquí no hay nada', detail: 'Puede que se haya eliminado.' },
    'not-tracked': {
      title: 'Las existencias de este producto todavía no se siguen',
      detail: 'Haz un recuento para empezar a seguirlas.',
    },
    'already-tracked': {
      title: 'Las existencias ya se siguen',
      detail: 'Cierra esta ventana y vuelve a mirar.',
    },
    'count-below-reserved': {
      title: 'El recuento es menor que lo reservado',
      detail:
        'Esas unidades están prometidas. Cuenta al menos las mismas o libera antes las reservas.',
    },
    'count-outdated': {
      title: 'Las existencias se contaron de nuevo después',
      detail: 'Descarta este recuento o cuenta otra vez.',
    },
    'stock-limit-exceeded': {
      title: 'Las existencias pasarían de su límite',
      detail: 'Un producto puede tener como máximo mil millones de unidades.',
    },
    'pictures-full': {
      title: 'No cabe otra imagen',
      detail: 'Quita imágenes de productos y espera un día, o sube PICTURES_MAX_MB.',
    },
    'sku-taken': { title: 'Otro producto tiene este SKU', detail: 'Elige otro.' },
    'barcode-taken': {
      title: 'Otro producto tiene este código de barras',
      detail: 'Quítalo antes de ese producto, o no lo pongas en este.',
    },
    'currency-needs-price': {
      title: 'Una moneda nueva necesita su precio',
      detail: 'Indica también el precio en ella.',
    },
    'precondition-failed': {
      title: 'Alguien lo ha cambiado mientras tanto',
      detail: 'No se ha sobrescrito nada. Vuelve a mirarlo.',
    },
    'return-exceeds-sale': {
      title: 'Más unidades de las vendidas',
      detail: 'Solo pueden devolverse unidades vendidas que aún no se han devuelto.',
    },
    'reservation-expired': {
      title: 'La reserva ha caducado',
      detail: 'No se ha comprado nada. Vuelve a apartar los productos.',
    },
    'hold-limit': {
      title: 'Es más de lo que podemos apartarte',
      detail:
        'Lo apartado tiene un límite de cantidad y de tiempo. Pide menos, libera lo que tienes apartado o espera a que termine.',
    },
    'webhook-limit': {
      title: 'Hay demasiados webhooks',
      detail: 'Elimina uno que no haga falta.',
    },
    'delivery-limit': {
      title: 'Hay demasiados envíos en espera para este webhook',
      detail: 'Espera a que terminen algunos.',
    },
    'webhooks-not-set-up': {
      title: 'Los webhooks no están configurados',
      detail: 'Al servicio le falta el ajuste WEBHOOKS_SECRET_KEY.',
    },
    'reservation-closed': {
      title: 'La reserva ha terminado',
      detail: 'Ya se confirmó o se liberó.',
    },
    'idempotency-key-reused': {
      title: 'Esta petición ya se envió con otro contenido',
      detail: 'Recarga la página e inténtalo de nuevo.',
    },
    'mixed-currencies': {
      title: 'Monedas distintas',
      detail: 'Una compra tiene una sola moneda. Compra lo demás por separado.',
    },
    'total-too-large': { title: 'El total es demasiado grande', detail: 'Compra en varios pasos.' },
    'catalogue-unavailable': {
      title: 'El catálogo no responde',
      detail: 'No se ha comprado ni cobrado nada. Inténtalo de nuevo en un momento.',
    },
    overloaded: {
      title: 'Hay mucha actividad ahora mismo',
      detail: 'No ha cambiado nada. Inténtalo de nuevo en un momento.',
    },
    'ledger-unavailable': {
      title: 'Ahora mismo no se pueden hacer cambios',
      detail: 'No ha cambiado nada. Puedes seguir consultándolo todo.',
    },
    unavailable: {
      title: 'La tienda no puede responder ahora',
      detail: 'Suele volver en un momento.',
    },
    'too-many-requests': {
      title: 'Demasiadas peticiones',
      detail: 'Espera un momento e inténtalo de nuevo.',
    },
    'sign-in-required': {
      title: 'Hay que entrar primero',
      detail: 'Esto es para quienes llevan la tienda.',
    },
    'wrong-password': {
      title: 'Esa no es la contraseña',
      detail: 'Revísala e inténtalo de nuevo.',
    },
    'cross-site-request': {
      title: 'La petición venía de otro sitio',
      detail: 'Recarga la página e inténtalo de nuevo.',
    },
    'invalid-parameter': {
      title: 'Esta búsqueda no es posible',
      detail: 'Usa texto sencillo, y números sencillos para los precios.',
    },
    'scope-missing': { title: 'No tienes permiso para esto', detail: 'Entra como operador.' },
    'invalid-attribute': {
      title: 'Un dato no es válido',
      detail: 'Revisa lo que has escrito.',
    },
    'internal-error': {
      title: 'Algo ha fallado en la tienda',
      detail: 'Ha quedado anotado. Inténtalo más tarde.',
    },
  },
};
