using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace IoTStream.State;

/// <summary>Finds what would be lost of a value that is written as JSON and read again.</summary>
internal static class JsonLoss
{
    /// <summary>What is lost of values of a type, or of what they consist of, in words; null if nothing is known to be.</summary>
    public static string? Find(JsonTypeInfo type, JsonSerializerOptions options) => Find(type, options, []);

    private static string? Find(JsonTypeInfo info, JsonSerializerOptions options, HashSet<Type> seen)
    {
        if (info.Kind != JsonTypeInfoKind.Object || !seen.Add(info.Type))
        {
            return null;
        }

        if (info.Properties.Count == 0 && HasFields(info.Type))
        {
            return $"{TypeName.Of(info.Type)} has neither public properties nor public fields, so nothing of it would be kept";
        }

        foreach (JsonPropertyInfo property in info.Properties)
        {
            if (IsOnlyWritten(property))
            {
                return $"{TypeName.Of(info.Type)}.{NameOf(property)} can be read but not set, and no constructor has a parameter of its name, so it would be lost";
            }

            if (property.Get is not null && options.TryGetTypeInfo(property.PropertyType, out JsonTypeInfo? part) && Find(part, options, seen) is { } lost)
            {
                return lost;
            }
        }

        return null;
    }

    /// <summary>Whether a property has a value of its own that is not given back. One that is computed has none.</summary>
    private static bool IsOnlyWritten(JsonPropertyInfo property) =>
        property is { Get: not null, Set: null, AssociatedParameter: null, IsExtensionData: false }
        && property.ObjectCreationHandling != JsonObjectCreationHandling.Populate
        && property.AttributeProvider is FieldInfo or PropertyInfo
        && (property.AttributeProvider is FieldInfo || HasField((PropertyInfo)property.AttributeProvider));

    private static string NameOf(JsonPropertyInfo property) => (property.AttributeProvider as MemberInfo)?.Name ?? property.Name;

    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "Where metadata was trimmed away, less is found out; nothing else depends on it.")]
    private static bool HasField(PropertyInfo property) =>
        property.DeclaringType?.GetField($"<{property.Name}>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic) is not null;

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "Where metadata was trimmed away, less is found out; nothing else depends on it.")]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "Where metadata was trimmed away, less is found out; nothing else depends on it.")]
    private static bool HasFields(Type type)
    {
        for (Type? one = type; one is not null; one = one.BaseType)
        {
            if (one.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Length > 0)
            {
                return true;
            }
        }

        return false;
    }
}
