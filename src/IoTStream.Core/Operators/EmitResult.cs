using IoTStream.Connectors;

namespace IoTStream.Operators;

internal delegate void EmitResult<T>(long timestamp, in T value, RecordOrigin origin);
