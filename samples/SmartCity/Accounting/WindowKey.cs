namespace SmartCity.Accounting;

/// <summary>Which window of which road.</summary>
internal readonly record struct WindowKey(string Road, DateTimeOffset Start);

/// <summary>What a window consists of.</summary>
internal readonly record struct WindowCount(long Readings, long Vehicles);
