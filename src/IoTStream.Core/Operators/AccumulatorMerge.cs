namespace IoTStream.Operators;

/// <summary>Takes what another accumulator has seen into one, and leaves the other as it is.</summary>
internal delegate void AccumulatorMerge<TAccumulator>(ref TAccumulator accumulator, in TAccumulator other);
