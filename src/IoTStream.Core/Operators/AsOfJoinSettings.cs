namespace IoTStream.Operators;

/// <summary>
/// How records are joined with versions of rows: records that are late by at most <paramref name="AllowedLateness"/> ticks are, and those
/// without a row give a result if the join is outer.
/// </summary>
internal readonly record struct AsOfJoinSettings<TRow>(long AllowedLateness, bool IsOuter, Func<TRow, bool>? IsDeletion);
