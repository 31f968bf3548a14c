namespace IoTStream.Formats;

/// <summary>A record of a pack as it was written, before base values are resolved.</summary>
internal struct SenMlFields
{
    public string? BaseName { get; set; }

    public decimal? BaseTime { get; set; }

    public string? BaseUnit { get; set; }

    public double? BaseValue { get; set; }

    public double? BaseSum { get; set; }

    public int? BaseVersion { get; set; }

    public string? Name { get; set; }

    public string? Unit { get; set; }

    public double? Value { get; set; }

    public string? Text { get; set; }

    public bool? Flag { get; set; }

    public byte[]? Data { get; set; }

    public double? Sum { get; set; }

    public decimal? Time { get; set; }

    public decimal? UpdateTime { get; set; }

    /// <summary>Whether there is nothing but base values: then they are for the records that follow, and this is none.</summary>
    public readonly bool IsBaseOnly =>
        Name is null && Unit is null && Value is null && Text is null && Flag is null && Data is null && Sum is null && Time is null && UpdateTime is null;
}
