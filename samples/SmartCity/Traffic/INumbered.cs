namespace SmartCity.Traffic;

/// <summary>A message that its sender has numbered.</summary>
internal interface INumbered
{
    int Sensor { get; }

    long Sequence { get; }
}
